using System.Collections;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;
using Handler.Functions;

namespace Handler.Tests.Functions;

/// <summary>
/// The bytes of a value may come from anyone. They can choose only a few fixed types, and claiming a number allocates no memory.
/// </summary>
public sealed class HostileJsonTests
{
    private readonly JsonJobSerializer serializer = new(
        new TypeGate([typeof(HostileJsonTests).Assembly.GetName().Name!]),
        1 << 20,
        isHosts: true);

    [Theory]
    [InlineData("""["System.Diagnostics.Process",{}]""")]
    [InlineData("""["list:Handler.Tests.Functions.Poco",[]]""")]
    [InlineData("""["list:list:list:int",[]]""")]
    [InlineData("""["any",1]""")]
    [InlineData("""["int","x"]""")]
    [InlineData("""["int",1,2]""")]
    [InlineData("""{"a":1}""")]
    [InlineData("1")]
    public void A_value_declared_as_object_that_is_not_a_plain_type_is_refused(string json) => Refuses<object>(json);

    [Theory]
    [InlineData("""{"$type":"System.Diagnostics.Process"}""")]
    [InlineData("""{"$type":"Handler.Tests.Functions.Poco"}""")]
    [InlineData("""{"$type":"Handler.Tests.Functions.StateLossTests\u002BBase"}""")]
    public void A_forged_type_that_does_not_derive_from_the_declared_base_is_refused(string json) => Refuses<StateLossTests.Root>(json);

    [Fact]
    public void Lengths_larger_than_the_data_allocate_no_memory()
    {
        Refuses<int[,]>("[[2147483647,2147483647],[0,0],[]]");
        Refuses<int[,]>("[[2,-1],[0,0],[1]]");
        Refuses<int[,]>("[[2,1],[2147483647,0],[1,1]]");
        Refuses<BitArray>("""{"Item1":2147483647,"Item2":"AA=="}""");
        Assert.True(Read<StringBuilder>("""{"Item1":"a","Item2":2147483647,"Item3":2147483647}""").Capacity < 1000);
        Refuses<BigInteger>("1e1000000000");
    }

    [Fact]
    public void Texts_that_are_not_valid_values_are_refused()
    {
        Refuses<TimeZoneInfo>("\"@../../../etc/passwd\"");
        Refuses<TimeZoneInfo>("\"nonsense\"");
        Refuses<Regex>("""{"Item1":null,"Item2":0,"Item3":-10000}""");
        Refuses<Regex>("""{"Item1":"(","Item2":0,"Item3":-10000}""");
        Refuses<Regex>("""{"Item1":"a","Item2":2147483647,"Item3":-10000}""");
        Refuses<Encoding>("""{"Item1":1,"Item2":false,"Item3":false}""");
        Refuses<StringComparer>("\"c99999:\"");
        Refuses<Dictionary<string, int>>("""["",{}]""");
        Refuses<Dictionary<string, int>>("""["RRRRD",{}]""");
        Refuses<Dictionary<string, int>>("""["S",{}]""");
        Refuses<Dictionary<string, int>>("""["Di",{"a":1,"A":2}]""");
        Refuses<IReadOnlySet<int>>("""{"R":[1]}""");
        Refuses<Dictionary<(int, int), int>>("[[1]]");
        Refuses<PriorityQueue<int, int>>("""["",[1]]""");
        Refuses<Uri>("\"http://a/\"");
        Refuses<DateTime[]>("[\"Lx\"]");
        Refuses<string[]>("[[\"AA==\"]]");
    }

    private void Refuses<T>(string json) => Assert.Throws<FormatException>(() => Read<T>(json));

    private T Read<T>(string json) => serializer.Deserialize<T>(Encoding.UTF8.GetBytes(json));
}
