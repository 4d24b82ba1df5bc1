namespace Handler;

/// <summary>What ran the job went away.</summary>
public sealed class JobLostException(string message, JobUsage? usage) : JobException(message, usage);
