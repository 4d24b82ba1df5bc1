namespace Handler;

/// <summary>The node or worker that ran the job went away; how far the job got is unknown.</summary>
public sealed class JobLostException(string message, JobUsage? usage) : JobException(message, usage);
