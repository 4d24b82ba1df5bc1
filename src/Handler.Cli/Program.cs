using System.CommandLine;
using Handler.Cli;

var root = new RootCommand("Runs C# functions in isolated worker processes under limits.")
{
    DoctorCommand.Create(),
    RunCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
