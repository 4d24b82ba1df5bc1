using Handler.Infrastructure;

namespace Handler.Pools;

/// <summary>
/// Calls one selector on a thread-pool thread, one request after the other. A selector is application code: it may be slow or never
/// return. Then only the jobs that ask it wait, as long as they are willing to; the pools' turns continue.
/// </summary>
internal sealed class SelectorQueue(IPoolSelector selector, TimeProvider time) : IThreadPoolWorkItem
{
    /// <summary>The maximum number of pools that a selector may name for one job.</summary>
    public const int MaxParents = 1000;

    private readonly Queue<Question> questions = [];
    private int sweepAt = Tuning.Pools.LeastToSweep;
    private bool isRunning;

    /// <summary>Makes a queue for each of these selectors, as a host's <see cref="PoolPorts.Select"/>.</summary>
    public static Func<IPoolSelector, string?, string?, TimeSpan, ValueTask<IReadOnlyList<string>>> ForEach(
        IEnumerable<IPoolSelector> selectors,
        TimeProvider time)
    {
        var queues = selectors.Distinct().ToDictionary(selector => selector, selector => new SelectorQueue(selector, time));
        return (selector, config, parameter, patience) => queues[selector].AskAsync(config, parameter, patience);
    }

    /// <summary>Asks for the parents of a job.</summary>
    /// <param name="config">The pool's selector configuration.</param>
    /// <param name="parameter">The job's parameter for selectors.</param>
    /// <param name="patience">How long the result is of use. If the request is still queued after that, the selector is not called for
    /// it.</param>
    public ValueTask<IReadOnlyList<string>> AskAsync(string? config, string? parameter, TimeSpan patience)
    {
        var question = new Question(config, parameter, time.GetTimestamp(), patience);
        lock (questions)
        {
            if (questions.Count >= sweepAt)
                Sweep();
            questions.Enqueue(question);
            if (isRunning)
                return new ValueTask<IReadOnlyList<string>>(question.Task);
            isRunning = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return new ValueTask<IReadOnlyList<string>>(question.Task);
    }

    /// <summary>Processes all queued requests.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        while (Next() is { } question)
        {
            try
            {
                if (IsOver(question))
                    question.SetCanceled();
                else
                    question.SetResult(NamesOf(selector.SelectParents(question.Config, question.Parameter)));
            }
            catch (Exception exception)
            {
                question.TrySetException(exception);
            }
        }
    }

    /// <summary>
    /// Copies the selector's list. The list may run the selector's code too, so it is read here and not in a turn of the pool.
    /// </summary>
    public static IReadOnlyList<string> NamesOf(IReadOnlyList<string>? selected)
    {
        var names = new List<string>();
        foreach (var name in selected ?? [])
        {
            if (names.Count == MaxParents)
                throw new InvalidOperationException($"The selector named more than {MaxParents} pools.");
            names.Add(name ?? throw new InvalidOperationException("The selector returned a null pool name."));
        }

        return [.. names];
    }

    /// <summary>
    /// If the selector does not return, requests that have timed out must not pile up. The whole queue is checked each time its length has
    /// doubled.
    /// </summary>
    private void Sweep()
    {
        for (var i = questions.Count; i > 0; i--)
        {
            var question = questions.Dequeue();
            if (IsOver(question))
                question.TrySetCanceled(CancellationToken.None);
            else
                questions.Enqueue(question);
        }

        sweepAt = Math.Max(Tuning.Pools.LeastToSweep, 2 * questions.Count);
    }

    private bool IsOver(Question question) => time.GetElapsedTime(question.Since) >= question.Patience;

    private Question? Next()
    {
        lock (questions)
        {
            isRunning = questions.TryDequeue(out var question);
            return question;
        }
    }

    private sealed class Question(string? config, string? parameter, long since, TimeSpan patience)
        : TaskCompletionSource<IReadOnlyList<string>>
    {
        public string? Config => config;

        public string? Parameter => parameter;

        public long Since => since;

        public TimeSpan Patience => patience;
    }
}
