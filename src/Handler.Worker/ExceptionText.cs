using System.Runtime.CompilerServices;
using System.Text;
using Handler.Wire;

namespace Handler;

/// <summary>
/// Describes an exception of the job. Its members are the job's code: they may throw. Those of the framework call themselves for each inner exception, which costs the job stack and time, so that
/// where there are many only the outermost are described, and by parts that cost little.
/// </summary>
internal static class ExceptionText
{
    /// <summary>How many exceptions, one within the other or side by side, are described by the exception's own text.</summary>
    public const int MaxExceptions = 100;

    public static FailureBody Of(Exception exception)
    {
        var type = NameOf(exception);
        if (HasMoreThan(MaxExceptions, exception))
            return new FailureBody(type, MessageOf(exception), OutermostOf(exception));
        var message = MessageOf(exception);
        try
        {
            return new FailureBody(type, message, exception.ToString() ?? "");
        }
        catch (Exception second)
        {
            return new FailureBody(type, message, $"{type}: {message} (its ToString threw {NameOf(second)})");
        }
    }

    private static string NameOf(Exception exception) => exception.GetType().FullName ?? exception.GetType().Name;

    private static string MessageOf(Exception exception)
    {
        try
        {
            // That of the framework joins the messages of all inner ones.
            return (exception is AggregateException several && HasMoreThan(MaxExceptions, several) ? OwnMessage(several) : exception.Message) ?? "";
        }
        catch (Exception second)
        {
            return $"(its Message threw {NameOf(second)})";
        }
    }

    /// <summary>A chain may lead back to itself.</summary>
    private static bool HasMoreThan(int most, Exception exception)
    {
        var all = new List<Exception> { exception };
        for (var i = 0; i < all.Count; i++)
        {
            if (all[i] is AggregateException several)
                all.AddRange(several.InnerExceptions.Take(most + 1));
            else if (all[i].InnerException is { } inner)
                all.Add(inner);
            if (all.Count > most)
                return true;
        }

        return false;
    }

    private static string OutermostOf(Exception exception)
    {
        var text = new StringBuilder();
        var shown = 0;
        for (var next = exception; next is not null && shown < MaxExceptions && text.Length < FailureBody.MaxText / 2; next = next.InnerException, shown++)
            text.Append(shown == 0 ? "" : "\n ---> ").Append(NameOf(next)).Append(": ").Append(MessageOf(next));
        text.Append("\n ---> … (there are more than ").Append(MaxExceptions).Append(" inner exceptions; these are the outermost ").Append(shown).Append(")\n");
        try
        {
            text.Append(exception.StackTrace);
        }
        catch (Exception second)
        {
            text.Append("(its StackTrace threw ").Append(NameOf(second)).Append(')');
        }

        return text.ToString();
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_message")]
    private static extern ref string? OwnMessage(Exception exception);
}
