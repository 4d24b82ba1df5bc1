using System.Buffers;
using System.Reflection;
using Handler.Functions;
using Handler.Guard;
using Handler.Platform;
using Handler.Wire;
using static Handler.WorkerTuning.Loop;

namespace Handler;

/// <summary>
/// Runs the code that every job needs, and the checks after it, once while a fresh worker is idle, so that the first job does not pay for
/// what the runtime compiles and loads. It runs no code of the application, although it loads the application's first assembly. It reads no
/// bytes from outside, so the rules on what may run are unaffected.
/// </summary>
internal sealed unsafe class WarmUp(FunctionLoader loader, FunctionPolicy policy, MemoryGuard guard, BetweenJobs between)
{
    private int next;

    /// <summary>Whether steps are left.</summary>
    public bool IsPending => next < 9;

    /// <summary>Whether a request has arrived. Requests go before further steps.</summary>
    public static bool HasRequests()
    {
        var poll = new LibC.PollFd { Fd = WorkerDescriptors.Requests, Events = LibC.POLLIN };
        return LibC.Poll(&poll, 1, 0) != 0;
    }

    /// <summary>Runs the next step, which takes a few milliseconds.</summary>
    public void Step()
    {
        try
        {
            switch (next++)
            {
                case 0:
                    LoadFirstAssembly();
                    break;
                case 1:
                    RunUnderGuard();
                    break;
                case 2 when policy.Serializer is null:
                    Exchange(new List<int> { 1 });
                    break;
                case 3 when policy.Serializer is null:
                    Exchange(new Dictionary<string, string> { ["a"] = "b" });
                    break;
                case 4 when policy.Serializer is null:
                    Exchange(new KeyValuePair<string, double>("a", 0.5));
                    break;
                case 5 when policy.Serializer is null && FirstModule() is { } module:
                    JsonDerivedTypes.Prepare(module);
                    break;
                case var step and >= 6:
                    between.Rehearse(step - 6);
                    break;
            }
        }
        catch (Exception)
        {
            // The first job will fail in the same way and report it.
        }
    }

    private void LoadFirstAssembly()
    {
        if (FirstModule() is { } module)
            _ = module.ModuleVersionId;
    }

    private Module? FirstModule()
        => policy.AllowedAssemblies is [var name, ..] ? loader.Codecs.Gate.LoadFunctionAssembly(name).ManifestModule : null;

    private void RunUnderGuard()
    {
        guard.Begin(
            new RequestHead { MaxHeapBytes = WarmUpLimit, MaxResidentBytes = WarmUpLimit, MaxProcesses = int.MaxValue }, 0);
        guard.Start();
        Run(1, static captured => captured.Length);
        Run("a", static captured => captured.ToString()!);
        Run(true, static captured => captured is string);
        Run(default(NoValue), static _ => default(NoValue));
        guard.CheckAtEnd();
        guard.CheckProcessesAtEnd();
        guard.StartWriting();
        guard.End();
    }

    /// <summary>Runs a function with a captured value, as <see cref="CapturingFunction"/> does.</summary>
    private void Run<T>(T result, Func<string, T> function)
    {
        var binder = ArgumentBinder.Create(function, typeof(string), typeof(T), takesToken: false);
        var bound = new BoundFunctionFactory<T>(FunctionShape.Value, loader.Codecs).Create(binder.Bind(result?.ToString() ?? ""));
        bound.Invoke(default);
        bound.WriteResult(new ResultBuffer(64));
    }

    private void Exchange<T>(T value)
    {
        var writer = new ArrayBufferWriter<byte>(256);
        loader.Codecs.Serialize(writer, value);
        _ = loader.Codecs.Deserialize<T>(writer.WrittenSpan);
    }
}
