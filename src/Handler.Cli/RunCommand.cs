using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Handler.Infrastructure;

namespace Handler.Cli;

/// <summary><c>handler run</c>: runs one static method of an assembly in a worker, under limits.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var assembly = new Argument<FileInfo>("assembly")
        {
            Description = "The assembly; its deps file, if it has one, must be beside it.",
        }.AcceptExistingOnly();
        var method = new Argument<string>("method")
        {
            Description = "Namespace.Type.Method of a static method without parameters, or with one that can be converted from text.",
        };
        var argument = new Argument<string?>("argument") { Description = "The method's argument.", Arity = ArgumentArity.ZeroOrOne };
        var timeout = new Option<TimeSpan>("--timeout")
        {
            Description = "How long it may run: 500ms, 2s, 5m. Default 60s.",
            CustomParser = result => Parse(result, Units.Duration, value => new JobLimits { Timeout = value }),
            DefaultValueFactory = _ => TimeSpan.FromSeconds(60),
        };
        var heap = new Option<long>("--max-heap")
        {
            Description = "How much live managed memory it may add: bytes, 512KiB, 100MiB, 1GiB. Default 10MiB.",
            CustomParser = result => Parse(result, Units.Size, value => new JobLimits { MaxHeapBytes = value }),
            DefaultValueFactory = _ => 10 << 20,
        };
        var cpu = new Option<TimeSpan?>("--cpu-time")
        {
            Description = "How much CPU time it and its processes may use: 500ms, 2s, 5m. Default: no limit.",
            CustomParser = result => ParseOptional(result, Units.Duration, value => new JobLimits { CpuTime = value }),
        };
        var processes = new Option<int?>("--max-processes")
        {
            Description = "How many processes it may start that run at the same time. Default: no limit.",
            CustomParser = result => ParseOptional(result, Count, value => new JobLimits { MaxProcesses = value }),
        };
        var file = new Option<long?>("--max-file")
        {
            Description = "The largest file that it and its processes may write: bytes, 512KiB, 100MiB, 1GiB. Default 4GiB.",
            CustomParser = result => ParseOptional(result, Units.Size, value => new JobLimits { MaxFileBytes = value }),
        };
        var command = new Command(
            "run",
            "Runs a static method in a worker under limits and prints what it returned. Exit code 0 if it completed, else 1.")
        {
            assembly,
            method,
            argument,
            timeout,
            heap,
            cpu,
            processes,
            file,
        };
        command.SetAction(
            (parsed, cancellationToken)
                => RunAsync(
                    parsed.GetRequiredValue(assembly).FullName,
                    parsed.GetRequiredValue(method),
                    parsed.GetValue(argument),
                    new JobLimits
                    {
                        Timeout = parsed.GetValue(timeout),
                        MaxHeapBytes = parsed.GetValue(heap),
                        CpuTime = parsed.GetValue(cpu),
                        MaxProcesses = parsed.GetValue(processes),
                        MaxFileBytes = parsed.GetValue(file),
                        CaptureOutput = true,
                    },
                    cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        string assembly,
        string method,
        string? argument,
        JobLimits limits,
        CancellationToken cancellationToken)
    {
        await using var handler = await EmbeddedHandler.StartAsync(
            options =>
            {
                options.MaxWorkers = 1;
                options.SpareWorkers = 0;
            },
            cancellationToken: cancellationToken);
        var outcome = await handler.RunAsync(() => ForeignMethod.Run(assembly, method, argument), limits, cancellationToken);
        if (outcome.Output is { } output)
        {
            await Console.Out.WriteAsync(output.StandardOutput);
            await Console.Error.WriteAsync(output.StandardError);
        }

        if (outcome.TryGetValue(out var value) && value is not null)
            Console.WriteLine(value);
        Console.Error.WriteLine(outcome.IsSuccess ? outcome.Message : outcome.ToString());
        if (outcome.Usage is { } usage)
            Console.Error.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"run {usage.RunTime.TotalMilliseconds:0.0} ms, cpu {usage.CpuTime.TotalMilliseconds:0.0} ms, peak managed "
                        + $"{usage.PeakManagedBytes / 1048576.0:0.0} MiB, peak resident {usage.PeakResidentBytes / 1048576.0:0.0} MiB, "
                        + $"processes {usage.PeakProcesses}"));
        return outcome.IsSuccess ? 0 : 1;
    }

    private static int Count(string text)
        => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count)
            ? count
            : throw new FormatException($"\"{text}\" is not a whole number.");

    /// <summary>The same for a limit that has no default.</summary>
    private static T? ParseOptional<T>(ArgumentResult result, Func<string, T> parse, Func<T, JobLimits> limits)
        where T : struct
        => Parse(result, parse, limits);

    /// <summary>Reads a limit and checks its range, so that an error is reported as a command-line error before anything starts.</summary>
    private static T? Parse<T>(ArgumentResult result, Func<string, T> parse, Func<T, JobLimits> limits)
    {
        try
        {
            var value = parse(result.Tokens[0].Value);
            limits(value).Validate();
            return value;
        }
        catch (Exception exception) when (exception is FormatException or OverflowException or ArgumentOutOfRangeException)
        {
            result.AddError(exception.Message.Split(" (Parameter ")[0]);
            return default;
        }
    }
}
