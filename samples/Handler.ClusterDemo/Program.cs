using Handler.ClusterDemo;
using Handler.Silo;

return args is ["silo", .. var rest]
    ? await SiloHost.RunAsync(rest)
    : await ClusterRun.RunAsync() ? 0 : 1;
