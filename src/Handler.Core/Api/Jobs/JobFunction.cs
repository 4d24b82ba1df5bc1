namespace Handler;

/// <summary>
/// The function of a job: either a delegate, whose code the worker finds by itself, or a registered function called by name.
/// </summary>
/// <typeparam name="T">The type of the function's value.</typeparam>
public readonly struct JobFunction<T>
{
    private readonly RegisteredArgument? argument;

    /// <summary>A function given as a delegate.</summary>
    /// <param name="function">
    /// A delegate that <see cref="JobRunnerExtensions"/> has an overload for and that returns <typeparamref name="T"/>.
    /// </param>
    public JobFunction(Delegate function)
    {
        ArgumentNullException.ThrowIfNull(function);
        Delegate = function;
    }

    private JobFunction(string name, RegisteredArgument? argument)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Name = name;
        this.argument = argument;
    }

    /// <summary>The function; <see langword="null"/> if it is called by name.</summary>
    public Delegate? Delegate { get; }

    /// <summary>The name of the registered function; <see langword="null"/> if the function is a delegate.</summary>
    public string? Name { get; }

    /// <summary>The argument of the registered function; <see langword="null"/> if it takes none.</summary>
    public object? Argument => argument?.Value;

    /// <summary>The argument and how to write it; <see langword="null"/> if there is none.</summary>
    internal RegisteredArgument? TypedArgument => argument;

    /// <summary>A registered function that takes no argument.</summary>
    /// <param name="name">The function's name.</param>
    public static JobFunction<T> Registered(string name) => new(name, null);

    /// <summary>A registered function with one argument.</summary>
    /// <param name="name">The function's name.</param>
    /// <param name="argument">The argument.</param>
    public static JobFunction<T> Registered<TArgument>(string name, TArgument argument)
        => new(name, new RegisteredArgument<TArgument>(argument));
}
