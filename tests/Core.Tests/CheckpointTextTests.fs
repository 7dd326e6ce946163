module DynamicRcnn.Core.Tests.CheckpointTextTests

open DynamicRcnn.Core
open DynamicRcnn.Core.Tests.ScheduleCases
open FsCheck
open FsCheck.FSharp
open Xunit

let private stateOf (case: Case) : TrainingState = {
    Seed = -3
    Environment = [|
        {
            Name = "lib = torch"
            Value = "1.13\n\\n=x \r"
        }
        { Name = "threads"; Value = "" }
    |]
    Dynamic = run case.Config (List.truncate case.Cut case.Outcomes)
    NonFiniteInARow = 1
    NonFiniteInAll = 5
    ZeroErrorIterations = 7
    DeadWindows = 2
    BestAP = 1.0 / 3.0
    BestIteration = 12
    Evaluations = 4
    EvaluationsWithoutImprovement = 2
    EvaluationDue = true
}

let private example =
    stateOf {
        Config = {
            config StatisticsRule.MMDetection with
                UpdateInterval = 3
        }
        Outcomes = [
            measured 0.7 0.1
            measured 0.6 0.3
            skipped
            measured 0.1 0.2
            measured 0.65 0.15
        ]
        Cut = 5
    }

let private problems (text: string) =
    CoreApi.TryReadState(text).Problems |> List.ofSeq

[<Fact>]
let ``stop, save, load and go on at any point: the same state as without the stop`` () =
    forAll (fun case ->
        let whole = stateOf { case with Cut = case.Outcomes.Length }
        let loaded = CoreApi.TryReadState(CoreApi.WriteState(stateOf case)).Value
        let rest = List.skip case.Cut case.Outcomes

        {
            loaded with
                Dynamic = List.fold (DynamicTraining.step case.Config) loaded.Dynamic rest
        }
            =
            whole)

[<Fact>]
let ``floats come back to the bit`` () =
    Property.check (
        Prop.forAll (ArbMap.defaults |> ArbMap.arbitrary<NormalFloat>) (fun (NormalFloat value) ->
            let state = {
                example with
                    BestAP = value
                    Dynamic.TopIoUs = [| value; 1.0 / value |]
            }

            let finite = System.Double.IsFinite(1.0 / value)

            let bits (state: TrainingState) =
                Array.map System.BitConverter.DoubleToInt64Bits state.Dynamic.TopIoUs

            not finite
            || bits (CoreApi.TryReadState(CoreApi.WriteState state).Value) = bits state)
    )

[<Fact>]
let ``faults come back`` () =
    for fault in
        [
            ScheduleFault.TooFewProposals
            ScheduleFault.MalformedStatistics
            ScheduleFault.WindowTooShort(200, 50, 51)
        ] do
        let state = { example with Dynamic.Fault = fault }
        Assert.Equal(state, CoreApi.TryReadState(CoreApi.WriteState state).Value)

[<Fact>]
let ``a text of version 1, which did not count zeros, is read as one that counted none`` () =
    let older =
        CoreApi
            .WriteState(example)
            .Replace("drcnn-training-state 3", "drcnn-training-state 1")
            .Replace("zeroErrorIterations=7\n", "")
            .Replace("deadWindows=2\n", "")
            .Replace("evaluationDue=1\n", "")

    Assert.Equal(
        {
            example with
                ZeroErrorIterations = 0
                DeadWindows = 0
                EvaluationDue = false
        },
        CoreApi.TryReadState(older).Value
    )

[<Fact>]
let ``a text of version 2, whose evaluations were never cut off, is read as one without`` () =
    let older =
        CoreApi
            .WriteState(example)
            .Replace("drcnn-training-state 3", "drcnn-training-state 2")
            .Replace("evaluationDue=1\n", "")

    Assert.Equal({ example with EvaluationDue = false }, CoreApi.TryReadState(older).Value)

[<Fact>]
let ``an unknown version is refused with a sentence`` () =
    let text =
        CoreApi.WriteState(example).Replace("drcnn-training-state 3", "drcnn-training-state 4")

    Assert.Equal<string list>(
        [
            "the training state has version 4, and this program reads versions 1 to 3; use the program that wrote it"
        ],
        problems text
    )

[<Theory>]
[<InlineData "">]
[<InlineData "{}">]
[<InlineData "drcnn-training-state">]
let ``a text that is no training state is refused`` (text: string) =
    Assert.Contains("expected 'drcnn-training-state 3'", Assert.Single(problems text))

[<Fact>]
let ``every problem is named at once`` () =
    let text =
        CoreApi
            .WriteState(example)
            .Replace("iteration=5", "iteration=-5")
            .Replace("beta=", "betta=")
            .Replace("seed=-3", "seed=-3\nseed=4")
            .Replace("bestAP=0.3333333333333333", "bestAP=NaN")
            .Replace("topIoUs=", "topIoUs=0.5 x ")
            .Replace("fault=none", "fault=windowTooShort 1")
        + "what is this\n"

    let found = problems text

    for expected in
        [
            "the training state's 'iteration' is '-5', expected a whole number of at least 0"
            "the training state lacks 'beta'"
            "the training state has 'seed' more than once"
            "the training state's 'bestAP' is 'NaN', expected a finite number"
            "the training state's 'fault' is 'windowTooShort 1', expected none, or a fault's name and numbers"
            "the training state has a line this version does not know: 'what is this'"
        ] do
        Assert.Contains(expected, found)

    Assert.Contains(found, (fun problem -> problem.StartsWith "the training state's 'topIoUs' is '0.5 x "))
    Assert.Contains(found, (fun problem -> problem.Contains "does not know: 'betta="))
    Assert.Equal(8, found.Length)

[<Fact>]
let ``each missing line is named`` () =
    let lines = CoreApi.WriteState(example).TrimEnd().Split '\n'

    for i in 1 .. lines.Length - 1 do
        if not (lines[i].StartsWith "environment.") then
            let key = lines[i].Substring(0, lines[i].IndexOf '=')
            let text = lines |> Array.removeAt i |> String.concat "\n"
            Assert.Equal<string list>([ $"the training state lacks '{key}'" ], problems text)

[<Fact>]
let ``asking for the value of a bad text throws with its problems`` () =
    let error =
        Assert.Throws<System.InvalidOperationException>(fun () -> CoreApi.TryReadState("x").Value |> ignore)

    Assert.Contains("begins with 'x'", error.Message)
