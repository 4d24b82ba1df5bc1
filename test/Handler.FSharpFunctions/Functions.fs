/// Functions as the F# compiler makes them: each is a delegate and the value that it must return.
module Handler.FSharpFunctions.Functions

open System
open System.Collections.Generic
open System.Threading.Tasks

type Person = { Name: string; Age: int }

[<Struct>]
type Point = { X: int; Y: int }

type Holder(number: int) =
    member _.Number = number
    member this.UsesThis() : Func<int> = Func<int>(fun () -> this.Number + 1)

    member this.CopiesFirst() : Func<int> =
        let copy = this.Number
        Func<int>(fun () -> copy + 1)

type Generic<'T>() =
    static member Name() : Func<string> = Func<string>(fun () -> typeof<'T>.Name)

    static member Pair(value: 'T) : Func<int> =
        let pair = [| value; value |]
        Func<int>(fun () -> pair.Length)

let private twice x = x * 2

let nothing () : Func<int> = Func<int>(fun () -> 1 + 1)

let capturing (x: int) (text: string) : Func<int> = Func<int>(fun () -> x + text.Length)

let callsModule (x: int) : Func<int> = Func<int>(fun () -> twice x)

let nested (x: int) : Func<int> =
    Func<int>(fun () -> [ 1; 2; 3 ] |> List.map (fun y -> y * x) |> List.sum)

let fromFunction (x: int) : Func<int> =
    let f = fun () -> x + 40
    Func<int>(f)

let fromFunctionThatCapturesNothing () : Func<int> =
    let f = fun () -> 42
    Func<int>(f)

let callsCaptured (x: int) : Func<int> =
    let add = fun y -> x + y
    let both = fun a b -> add a + add b
    Func<int>(fun () -> both 1 2)

let partial (x: int) : Func<int> =
    let add a b c = a + b + c + x
    let two = add 1 2
    Func<int>(fun () -> two 3)

let recursive (n: int) : Func<int> =
    let rec sum k = if k = 0 then n - n else k + sum (k - 1)
    Func<int>(fun () -> sum n)

let record (person: Person) : Func<string> = Func<string>(fun () -> person.Name + string person.Age)

let structRecord (point: Point) : Func<int> = Func<int>(fun () -> point.X + point.Y)

let returnsRecord (age: int) : Func<Person> = Func<Person>(fun () -> { Name = "a"; Age = age })

let listOf (items: int list) : Func<int> = Func<int>(fun () -> List.sum items)

let mapOf (map: Map<string, int>) : Func<int> = Func<int>(fun () -> map.["a"])

let setOf (set: Set<int>) : Func<int> = Func<int>(fun () -> Set.count set)

let optionOf (value: int option) : Func<int> = Func<int>(fun () -> defaultArg value 7)

let tupleOf (pair: int * string) : Func<string> = Func<string>(fun () -> string (fst pair) + snd pair)

let refCell (start: int) : Func<int> =
    let cell = ref start

    Func<int>(fun () ->
        cell.Value <- cell.Value + 1
        cell.Value)

let generic<'T> (value: 'T) : Func<string> = Func<string>(fun () -> typeof<'T>.Name + string (box value))

let genericThatCapturesNothing<'T> () : Func<string> = Func<string>(fun () -> typeof<'T>.Name)

let asTask (x: int) : Func<Task<int>> =
    Func<Task<int>>(fun () ->
        task {
            do! Task.Yield()
            return x + 1
        })

let asAsync (x: int) : Func<Task<int>> =
    Func<Task<int>>(fun () -> async { return x + 1 } |> Async.StartAsTask)

let sequence (x: int) : Func<int> = Func<int>(fun () -> seq { for i in 1..x -> i } |> Seq.sum)

let returnsSequence (x: int) : Func<IEnumerable<int>> = Func<IEnumerable<int>>(fun () -> seq { for i in 1..x -> i })

let query (items: int[]) : Func<int> =
    Func<int>(fun () -> query { for i in items do where (i > 1); select i } |> Seq.length)

let functionValues (x: int) : (int -> int) list = [ fun y -> x + y ]

let delegateInside (inner: Func<int>) : Func<int> =
    let call = fun () -> inner.Invoke() + 1
    Func<int>(call)

type IRunner =
    abstract Invoke: unit -> int

let objectExpression (x: int) : IRunner =
    { new IRunner with
        member _.Invoke() = x }

let genericFunctionValues<'T> (value: 'T) : (unit -> string) list = [ fun () -> typeof<'T>.Name + string (box value) ]

let callsFunctionValue (f: unit -> string) : Func<string> = Func<string>(fun () -> f ())
