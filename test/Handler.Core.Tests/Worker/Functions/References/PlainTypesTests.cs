using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using System.Numerics;
using System.Text.RegularExpressions;
using Handler.Functions;

namespace Handler.Tests.Functions;

public sealed class PlainTypesTests
{
    private const int TypesWithConverters = 47;

    [Fact]
    public void Each_framework_type_with_a_converter_is_plain()
    {
        Type[] samples =
        [
            typeof(object), typeof(BitArray), typeof(ConcurrentBag<>), typeof(ImmutableArray), typeof(Stack<>),
            typeof(IPAddress), typeof(Complex), typeof(Regex),
        ];
        var converted = samples.Select(static type => type.Assembly).Distinct()
            .SelectMany(static assembly => assembly.GetExportedTypes())
            .Where(FrameworkConverters.Handles)
            .ToList();
        Assert.Equal(TypesWithConverters, converted.Count);
        Assert.All(converted, static type => Assert.True(PlainTypes.Contains(type), type.FullName));
    }

    [Theory]
    [InlineData(typeof(int), true)]
    [InlineData(typeof(Regex), true)]
    [InlineData(typeof(PriorityQueue<,>), true)]
    [InlineData(typeof(DayOfWeek), true)]
    [InlineData(typeof(Process), false)]
    [InlineData(typeof(PlainTypesTests), false)]
    public void Only_framework_types_that_are_pure_data_are_plain(Type type, bool isPlain)
        => Assert.Equal(isPlain, PlainTypes.Contains(type));
}
