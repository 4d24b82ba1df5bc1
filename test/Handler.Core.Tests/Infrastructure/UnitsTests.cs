using Handler.Infrastructure;

namespace Handler.Tests.Infrastructure;

public sealed class UnitsTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("4096", 4096)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("512KiB", 512L << 10)]
    [InlineData("200MiB", 200L << 20)]
    [InlineData("200 MiB", 200L << 20)]
    [InlineData("200mib", 200L << 20)]
    [InlineData("1.5GiB", 3L << 29)]
    [InlineData("1TiB", 1L << 40)]
    [InlineData("99999999999999GiB", long.MaxValue)]
    public void A_size_is_a_number_of_bytes_or_has_a_binary_unit(string text, long bytes) => Assert.Equal(bytes, Units.Size(text));

    [Theory]
    [InlineData("")]
    [InlineData("lots")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("MiB")]
    [InlineData("200MB")]
    [InlineData("200M")]
    [InlineData("2kB")]
    [InlineData("1e3")]
    [InlineData("9223372036854775808")]
    public void Any_other_size_is_refused(string text)
        => Assert.Contains($"\"{text}\" is not a size", Assert.Throws<FormatException>(() => Units.Size(text)).Message);

    [Theory]
    [InlineData("0", 0)]
    [InlineData("500ms", 0.5)]
    [InlineData("30s", 30)]
    [InlineData("2.5m", 150)]
    [InlineData("1h", 3600)]
    [InlineData("2 d", 172_800)]
    public void A_duration_has_a_unit(string text, double seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), Units.Duration(text));

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("soon")]
    [InlineData("-1s")]
    public void Any_other_duration_is_refused(string text)
        => Assert.Contains($"\"{text}\" is not a duration", Assert.Throws<FormatException>(() => Units.Duration(text)).Message);
}
