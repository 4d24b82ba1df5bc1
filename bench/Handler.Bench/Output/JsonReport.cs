using System.Text.Json;
using Handler.Bench.Measuring;

namespace Handler.Bench.Output;

/// <summary>The report for programs: one flat object of numbers. It omits figures that were not measured.</summary>
internal static class JsonReport
{
    public static void Write(Figures figures, FileInfo file)
    {
        file.Directory?.Create();
        using var stream = file.Create();
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        foreach (var (name, value) in figures.Measured)
            json.WriteNumber(name, Math.Round(value, 3));
        json.WriteEndObject();
    }
}
