Imports System
Imports System.Collections.Generic
Imports System.Linq
Imports System.Threading.Tasks

''' <summary>Functions as the Visual Basic compiler makes them.</summary>
Public Module Functions
    Public Function CapturesNothing() As Func(Of Integer)
        Return Function() 1 + 1
    End Function

    Public Function Capturing(x As Integer, text As String) As Func(Of Integer)
        Return Function() x + text.Length
    End Function

    Public Function TwoScopes(x As Integer) As Func(Of Integer)
        Dim outer = x + 1
        If x > 0 Then
            Dim inner = x + 2
            Return Function() outer + inner
        End If
        Return Function() outer
    End Function

    Public Function Relaxed(text As String) As Func(Of Object)
        Dim exact As Func(Of String) = Function() text & "!"
        Return AddressOf exact.Invoke
    End Function

    Public Function RelaxedLambda() As Func(Of Task(Of Integer))
        Return Async Function()
                   Await Task.Yield()
                   Return 5
               End Function
    End Function

    Public Function GenericCapturesNothing(Of T)() As Func(Of String)
        Return Function() GetType(T).Name
    End Function

    Public Function GenericCapturing(Of T)(value As T) As Func(Of String)
        Return Function() GetType(T).Name & value.ToString()
    End Function

    Public Function Query(items As Integer()) As Func(Of Integer)
        Return Function() (From item In items Where item > 1 Select item * 2).Sum()
    End Function

    Public Function Later(x As Integer) As Func(Of Task(Of Integer))
        Return Async Function()
                   Await Task.Delay(1)
                   Return x + 1
               End Function
    End Function

    Public Function Iterated(x As Integer) As Func(Of Integer)
        Dim numbers = Iterator Function() As IEnumerable(Of Integer)
                          For i = 1 To x
                              Yield i
                          Next
                      End Function
        Return Function() numbers().Sum()
    End Function

    Public Function MethodGroup() As Func(Of Integer)
        Return AddressOf Seven
    End Function

    Public Function ReturnTypeRelaxed() As Func(Of Long)
        Return AddressOf Seven
    End Function

    Public Function AnAction(values As List(Of Integer)) As Action
        Return Sub() values.Add(1)
    End Function

    Public Function LocalKept(x As Integer) As Func(Of Integer)
        Static count As Integer = 3
        Dim copy = count + x
        Return Function() copy
    End Function

    Private Function Seven() As Integer
        Return 7
    End Function
End Module

Public Class Holder
    Private ReadOnly number As Integer = 3

    Public Function UsesThis() As Func(Of Integer)
        Return Function() number + 1
    End Function

    Public Function CopiesFirst() As Func(Of Integer)
        Dim copy = number
        Return Function() copy + 1
    End Function
End Class

Public Class Generic(Of T)
    Public Shared Function Names(Of TOther)() As Func(Of String)
        Return Function() GetType(T).Name & "/" & GetType(TOther).Name
    End Function
End Class
