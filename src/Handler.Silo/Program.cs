using Handler.Silo;

return await SiloHost.RunAsync(args);
