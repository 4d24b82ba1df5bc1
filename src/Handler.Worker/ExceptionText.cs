using System.Runtime.CompilerServices;
using System.Text;
using Handler.Wire;
using static Handler.WorkerTuning.Texts;

namespace Handler;

/// <summary>
/// Describes an exception of the job. The members of the exception are the job's code, so they may throw. The framework's members recurse
/// into each inner exception, which costs the job stack and time. If there are many inner exceptions, only the outermost ones are
/// described, from parts that are cheap to read.
/// </summary>
internal static class ExceptionText
{
    public static FailureBody Of(Exception exception) => TextOf(exception) with { Refused = RefusedCalls.In(exception) };

    private static FailureBody TextOf(Exception exception)
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
            // The framework's Message joins the messages of all inner exceptions.
            var message = exception is AggregateException several && HasMoreThan(MaxExceptions, several)
                ? OwnMessage(several)
                : exception.Message;
            return message ?? "";
        }
        catch (Exception second)
        {
            return $"(its Message threw {NameOf(second)})";
        }
    }

    /// <summary>A chain of inner exceptions may contain a cycle.</summary>
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
        for (var next = exception;
            next is not null && shown < MaxExceptions && text.Length < FailureBody.MaxText / 2;
            next = next.InnerException, shown++)
            text.Append(shown == 0 ? "" : "\n ---> ").Append(NameOf(next)).Append(": ").Append(MessageOf(next));
        text.Append("\n ---> … (there are more than ")
            .Append(MaxExceptions)
            .Append(" inner exceptions; these are the outermost ")
            .Append(shown)
            .Append(")\n");
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
