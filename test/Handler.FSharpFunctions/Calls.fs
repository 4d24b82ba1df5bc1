/// Calls whose overloads the F# compiler chooses. It needs the type of the value if a function returns a task.
module Handler.FSharpFunctions.Calls

open System.Threading
open System.Threading.Tasks
open Handler

let ofValue (runner: IJobRunner) : Task<JobOutcome<int>> = runner.RunAsync(fun () -> 42)

let ofTask (runner: IJobRunner) : Task<JobOutcome<int>> =
    runner.RunAsync<int>(fun () -> task { return 42 })

let ofTaskWithToken (runner: IJobRunner) : Task<JobOutcome<int>> =
    runner.RunAsync<int>(fun (token: CancellationToken) ->
        task {
            do! Task.Delay(1, token)
            return 42
        })

let ofAction (runner: IJobRunner) : Task<JobOutcome> = runner.RunAsync(fun () -> Thread.Yield() |> ignore)

let ofPlainTask (runner: IJobRunner) : Task<JobOutcome> = runner.RunAsync(fun () -> Task.CompletedTask)

let startOfTask (pool: IPool) : Task<JobHandle<int>> = pool.StartAsync<int>(fun () -> task { return 42 })
