using Handler.Demo;

return await DemoRun.RunAsync(ResultTable.ForThisConsole()) ? 0 : 1;
