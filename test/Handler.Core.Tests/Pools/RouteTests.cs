using Handler.Pools;

namespace Handler.Tests.Pools;

public class RouteTests
{
    [Fact]
    public void No_two_requests_for_a_job_have_the_same_route()
    {
        var first = Route.Through(Route.Entry, 1, 0);
        ulong[] routes =
        [
            Route.Entry,
            first,
            Route.Through(Route.Entry, 1, 1),
            Route.Through(Route.Entry, 2, 0),
            Route.AgainThrough(Route.Entry, 1, 0),
            Route.AgainThrough(Route.Entry, 1, 1),
            Route.Through(first, 1, 0),
        ];
        Assert.Distinct(routes);
        Assert.Equal([0, 1, 1, 1, 1, 1, 2], routes.Select(Route.Depth));
    }
}
