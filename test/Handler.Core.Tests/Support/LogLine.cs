using Microsoft.Extensions.Logging;

namespace Handler.Tests;

internal sealed record LogLine(LogLevel Level, int Id, string Text, Exception? Exception);
