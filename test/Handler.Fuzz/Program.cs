using Handler.Fuzz;

// run TARGET FOLDER MINUTES CORPUS | minimise TARGET FOLDER CORPUS
var coverage = new Coverage(); // before any code of the instrumented assemblies runs
if (args is not (["run", _, _, _, _] or ["minimise", _, _, _])
    || FuzzTargets.All.FirstOrDefault(each => each.Name == args[1]) is not { } target)
{
    Console.Error.WriteLine(
        "Handler.Fuzz run TARGET FOLDER MINUTES CORPUS, or Handler.Fuzz minimise TARGET FOLDER CORPUS; "
            + $"targets are {string.Join(", ", FuzzTargets.All.Select(each => each.Name))}.");
    return 2;
}

var run = new FuzzRun(target, args[2], coverage);
if (args[0] == "run")
    run.Run(TimeSpan.FromMinutes(double.Parse(args[3], System.Globalization.CultureInfo.InvariantCulture)), Environment.ProcessId, args[4]);
else
    run.Minimise(args[3]);
return 0;
