Imports System.Threading
Imports System.Threading.Tasks
Imports Handler

''' <summary>Calls whose overloads the Visual Basic compiler chooses.</summary>
Public Module Calls
    Public Function OfValue(runner As IJobRunner) As Task(Of JobOutcome(Of Integer))
        Return runner.RunAsync(Function() 42)
    End Function

    Public Function OfValueWithToken(runner As IJobRunner) As Task(Of JobOutcome(Of Boolean))
        Return runner.RunAsync(Function(token As CancellationToken) token.IsCancellationRequested)
    End Function

    Public Function OfLaterValue(runner As IJobRunner) As Task(Of JobOutcome(Of Integer))
        Return runner.RunAsync(Async Function()
                                   Await Task.Yield()
                                   Return 42
                               End Function)
    End Function

    Public Function OfTask(runner As IJobRunner) As Task(Of JobOutcome(Of Integer))
        Return runner.RunAsync(Function() Task.FromResult(42))
    End Function

    Public Function OfValueTask(runner As IJobRunner) As Task(Of JobOutcome(Of Integer))
        Return runner.RunAsync(Function() New ValueTask(Of Integer)(42))
    End Function

    Public Function OfLaterValueWithToken(runner As IJobRunner) As Task(Of JobOutcome(Of Integer))
        Return runner.RunAsync(Async Function(token As CancellationToken)
                                   Await Task.Delay(1, token)
                                   Return 42
                               End Function)
    End Function

    Public Function OfAction(runner As IJobRunner) As Task(Of JobOutcome)
        Return runner.RunAsync(Sub() Thread.Yield())
    End Function

    Public Function OfLaterAction(runner As IJobRunner) As Task(Of JobOutcome)
        Return runner.RunAsync(Async Function()
                                   Await Task.Yield()
                               End Function)
    End Function

    Public Function OfPlainTask(runner As IJobRunner) As Task(Of JobOutcome)
        Return runner.RunAsync(Function() Task.CompletedTask)
    End Function

    Public Function StartOfValue(pool As IPool) As Task(Of JobHandle(Of Integer))
        Return pool.StartAsync(Function() 42)
    End Function

    Public Function StartOfLaterValue(pool As IPool) As Task(Of JobHandle(Of Integer))
        Return pool.StartAsync(Async Function()
                                   Await Task.Yield()
                                   Return 42
                               End Function)
    End Function

    Public Function StartOfAction(pool As IPool) As Task(Of JobHandle)
        Return pool.StartAsync(Sub() Thread.Yield())
    End Function
End Module
