using Handler.Bench.Measuring;

namespace Handler.Bench;

/// <summary>All figures, in the order they are reported.</summary>
internal static class FigureCatalog
{
    private const double SpawnOverNoopTarget = 200;
    private const double LedgerGrowthTarget = 1.2;
    private const double AdmitOverNullTarget = 0.8;
    private const double Admit3OverNullTarget = 0.5;

    public static readonly IReadOnlyList<Figure> All =
    [
        new("pingpong_p50_us"),
        new("noop_p50_us"),
        new("noop_p99_us"),
        AtMost("noop_over_pingpong", 2),
        new("capturing_p50_us"),
        new("jobs_per_s_1"),
        new("jobs_per_s_4"),
        AtLeast("jobs_per_s_16", 250_000),
        new("jobs_per_s_64"),
        new("pingpong_per_s_16"),
        new("spawn_per_job_p50_us", $"≥ {SpawnOverNoopTarget} × noop_p50_us", SpawnIsManyTimesSlower),
        new("jobs_per_s_16_mixed"),
        new("mixed_fast_p99_us"),
        new("timeout_late_p50_ms"),
        AtMost("timeout_late_p99_ms", 3),
        AtMost("timeout_seen_late_p50_ms", 3),
        AtMost("timeout_seen_late_p99_ms", 8),
        new("cpu_limit_over_ms_p50"),
        new("cpu_limit_over_ms_p99"),
        new("cpu_limit_all_over_ms_p50"),
        new("cpu_limit_all_over_ms_p99"),
        AtMost("kill_to_free_p99_ms", 5),
        AtMost("cancel_seen_p50_ms", 3),
        AtMost("cancel_seen_p99_ms", 8),
        AtMost("oom_detect_p50_ms", 15),
        new("oom_overshoot_bytes_at_10mb"),
        AtMost("worker_ready_ms", 40),
        AtMost("worker_private_mb", 16),
        new("payload_1mb_p50_us"),
        new("pool_noop_p50_us"),
        new("pool2_noop_p50_us"),
        new("pool_jobs_per_s_16"),
        AtLeast("pool2_jobs_per_s_16", 200_000),
        AtLeast("pool2_over_none_16", 0.85),
        AtLeast("reject_per_s_16", 2_000_000),
        new("ledger_acquire_release_ns_10"),
        new("ledger_acquire_release_ns_1000"),
        new("ledger_acquire_release_ns_100000", $"≤ {LedgerGrowthTarget} × ledger_acquire_release_ns_10", LedgerStaysFlat),
        new("pools_10000_acquire_ns"),
        AtMost("fair_wait_over_job", 3),
        AtMost("weighted_share_error", 0.1),
        AtMost("flood_p99_over_quiet", 2),
        AtMost("profile_switch_ms", 150),
        new("orleans_null_p50_us"),
        new("orleans_null_per_s_64"),
        new("cluster_noop_p50_us"),
        AtMost("cluster_noop_over_null", 2),
        new("cluster_pool_noop_p50_us"),
        new("cluster_jobs_per_s_64"),
        new("cluster2_jobs_per_s_64"),
        new("cluster_admit_per_s_64", $"≥ {AdmitOverNullTarget} × orleans_null_per_s_64", figures =>
            OverNull(figures, "cluster_admit_per_s_64", AdmitOverNullTarget)),
        new("cluster_admit3_per_s_64", $"≥ {Admit3OverNullTarget} × orleans_null_per_s_64", figures =>
            OverNull(figures, "cluster_admit3_per_s_64", Admit3OverNullTarget)),
        new("cluster_reject_per_s_64"),
        AtMost("redis_writes_per_job", 0),
    ];

    public static bool Contains(string name) => All.Any(figure => figure.Name == name);

    private static Figure AtMost(string name, double limit) => new(name, $"≤ {limit:#,0.###}", figures => figures[name] <= limit);

    private static Figure AtLeast(string name, double limit) => new(name, $"≥ {limit:#,0.###}", figures => figures[name] >= limit);

    // Unknown if the run measured only one of the two.
    private static bool? SpawnIsManyTimesSlower(Figures figures)
        => figures["noop_p50_us"] is { } noop ? figures["spawn_per_job_p50_us"] >= SpawnOverNoopTarget * noop : null;

    private static bool? OverNull(Figures figures, string name, double target)
        => figures["orleans_null_per_s_64"] is { } calls ? figures[name] >= target * calls : null;

    private static bool? LedgerStaysFlat(Figures figures)
        => figures["ledger_acquire_release_ns_10"] is { } small
            ? figures["ledger_acquire_release_ns_100000"] <= LedgerGrowthTarget * small
            : null;
}
