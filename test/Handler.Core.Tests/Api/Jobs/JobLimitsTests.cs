namespace Handler.Tests.Api;

public sealed class JobLimitsTests
{
    public static readonly TheoryData<string, string, JobLimits> Errors = new()
    {
        {
            "Timeout is 00:00:00",
            "from 1 ms to 30 days",
            new JobLimits { Timeout = TimeSpan.Zero }
        },
        {
            "Timeout is 00:00:00.0009999",
            "from 1 ms to 30 days",
            new JobLimits { Timeout = TimeSpan.FromTicks(9999) }
        },
        {
            "Timeout is -00:00:00.0010000",
            "from 1 ms to 30 days",
            new JobLimits { Timeout = TimeSpan.FromMilliseconds(-1) }
        },
        {
            "Timeout is 30.00:00:00.0000001",
            "from 1 ms to 30 days",
            new JobLimits { Timeout = TimeSpan.FromDays(30) + TimeSpan.FromTicks(1) }
        },
        {
            "MaxHeapBytes is 0",
            "from 1 byte to 1 TiB",
            new JobLimits { MaxHeapBytes = 0 }
        },
        {
            "MaxHeapBytes is -1",
            "from 1 byte to 1 TiB",
            new JobLimits { MaxHeapBytes = -1 }
        },
        {
            "MaxHeapBytes is 1099511627777",
            "from 1 byte to 1 TiB",
            new JobLimits { MaxHeapBytes = (1L << 40) + 1 }
        },
        {
            "MaxResidentBytes is 1048575",
            "from 1 MiB",
            new JobLimits { MaxResidentBytes = (1 << 20) - 1 }
        },
        {
            "MaxResidentBytes is 1099511627777",
            "to 1 TiB",
            new JobLimits { MaxResidentBytes = (1L << 40) + 1 }
        },
        {
            "CpuTime is 00:00:00.0009999",
            "null, or from 1 ms to 30 days",
            new JobLimits { CpuTime = TimeSpan.FromMilliseconds(1) - TimeSpan.FromTicks(1) }
        },
        {
            "CpuTime is 30.00:00:00.0000001",
            "null, or from 1 ms to 30 days",
            new JobLimits { CpuTime = TimeSpan.FromDays(30) + TimeSpan.FromTicks(1) }
        },
        {
            "MaxProcesses is -1",
            "null, or from 0 to 4194304",
            new JobLimits { MaxProcesses = -1 }
        },
        {
            "MaxProcesses is 4194305",
            "null, or from 0 to 4194304",
            new JobLimits { MaxProcesses = JobLimits.MostProcesses + 1 }
        },
        {
            "MaxFileBytes is -1",
            "null, or from 0 to 1 PiB",
            new JobLimits { MaxFileBytes = -1 }
        },
        {
            "MaxFileBytes is 1125899906842625",
            "null, or from 0 to 1 PiB",
            new JobLimits { MaxFileBytes = JobLimits.MostFileBytes + 1 }
        },
        {
            "CancellationGrace is -00:00:00.0000001",
            "from 0 to 1 hour",
            new JobLimits { CancellationGrace = TimeSpan.FromTicks(-1) }
        },
        {
            "CancellationGrace is 01:00:01",
            "from 0 to 1 hour",
            new JobLimits { CancellationGrace = TimeSpan.FromSeconds(3601) }
        },
    };

    [Theory]
    [MemberData(nameof(Errors))]
    public void A_limit_out_of_range_is_named_with_its_value_and_range(string named, string range, JobLimits limits)
    {
        var exception = Assert.Throws<ArgumentOutOfRangeException>(limits.Validate);
        Assert.Contains($"JobLimits.{named}", exception.Message);
        Assert.Contains(range, exception.Message);
    }

    [Fact]
    public void The_ends_of_the_ranges_are_allowed()
    {
        new JobLimits
        {
            Timeout = TimeSpan.FromMilliseconds(1),
            MaxHeapBytes = 1,
            MaxResidentBytes = 1 << 20,
            CancellationGrace = TimeSpan.Zero,
            CpuTime = TimeSpan.FromMilliseconds(1),
            MaxProcesses = 0,
            MaxFileBytes = 0,
        }.Validate();
        new JobLimits
        {
            Timeout = TimeSpan.FromDays(30),
            MaxHeapBytes = 1L << 40,
            MaxResidentBytes = 1L << 40,
            CancellationGrace = TimeSpan.FromHours(1),
            CpuTime = TimeSpan.FromDays(30),
            MaxProcesses = JobLimits.MostProcesses,
            MaxFileBytes = JobLimits.MostFileBytes,
        }.Validate();
    }
}
