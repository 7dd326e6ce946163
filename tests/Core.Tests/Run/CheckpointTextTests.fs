module DynamicRcnn.Core.Tests.Run.CheckpointTextTests

open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open DynamicRcnn.Core.Tests.Schedule.ScheduleCases
open Expecto
open FsCheck
open FsCheck.FSharp

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
    Cascade = [||]
    NonFiniteInARow = 1
    NonFiniteInAll = 5
    ZeroErrorIterations = 7
    DeadWindows = 2
    BestAP = 1.0 / 3.0
    BestIteration = 12
    Evaluations = 4
    EvaluationsWithoutImprovement = 2
    ScoreThresholds = {
        All = 2.0 / 3.0
        ByClass = [| 0.1; -1.0 |]
    }
    EvaluationDue = true
}

/// The text as a version would have written it, before the lines that were added later.
let private asVersion (version: int) (added: string list) (state: TrainingState) : string =
    let text =
        CheckpointText.write(state).Replace("drcnn-training-state 4", $"drcnn-training-state {version}")

    text.Split '\n'
    |> Array.filter (fun line -> not (added |> List.exists (fun key -> line.StartsWith $"{key}=")))
    |> String.concat "\n"

let private addedBy4 = [ "scoreThreshold"; "classScoreThresholds" ]
let private addedBy3 = "evaluationDue" :: addedBy4
let private addedBy2 = [ "zeroErrorIterations"; "deadWindows" ] @ addedBy3

let private noThresholds: ScoreThresholds = { All = -1.0; ByClass = [||] }

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
    CheckpointText.read(text).Problems |> List.ofSeq

[<Tests>]
let tests =
    testList "Run.CheckpointText" [
        propertyOfCases "stop, save, load and go on at any point: the same state as without the stop" (fun case ->
            let whole = stateOf { case with Cut = case.Outcomes.Length }
            let loaded = CheckpointText.read(CheckpointText.write (stateOf case)).Value
            let rest = List.skip case.Cut case.Outcomes

            {
                loaded with
                    Dynamic = List.fold (DynamicTraining.step case.Config) loaded.Dynamic rest
            }
                =
                whole)

        testProperty
            "floats come back to the bit"
            (Prop.forAll (ArbMap.defaults |> ArbMap.arbitrary<NormalFloat>) (fun (NormalFloat value) ->
                let state = {
                    example with
                        BestAP = value
                        Dynamic.TopIoUs = [| value; 1.0 / value |]
                }

                let finite = System.Double.IsFinite(1.0 / value)

                let bits (state: TrainingState) =
                    Array.map System.BitConverter.DoubleToInt64Bits state.Dynamic.TopIoUs

                not finite
                || bits (CheckpointText.read(CheckpointText.write state).Value) = bits state))

        test "faults come back" {
            for fault in
                [
                    ScheduleFault.TooFewProposals
                    ScheduleFault.MalformedStatistics
                    ScheduleFault.WindowTooShort(200, 50, 51)
                ] do
                let state = {
                    example with
                        Dynamic.Fault = Some fault
                }

                equal state (CheckpointText.read(CheckpointText.write state).Value)
        }

        test "a text of version 1, which did not count zeros, is read as one that counted none" {
            equal
                {
                    example with
                        ZeroErrorIterations = 0
                        DeadWindows = 0
                        ScoreThresholds = noThresholds
                        EvaluationDue = false
                }
                (CheckpointText.read(asVersion 1 addedBy2 example).Value)
        }

        test "a text of version 2, whose evaluations were never cut off, is read as one without" {
            equal
                {
                    example with
                        ScoreThresholds = noThresholds
                        EvaluationDue = false
                }
                (CheckpointText.read(asVersion 2 addedBy3 example).Value)
        }

        test "a text of version 3, whose evaluations looked for no score, is read as one without" {
            equal
                {
                    example with
                        ScoreThresholds = noThresholds
                }
                (CheckpointText.read(asVersion 3 addedBy4 example).Value)
        }

        test "an unknown version is refused with a sentence" {
            let text =
                CheckpointText.write(example).Replace("drcnn-training-state 4", "drcnn-training-state 6")

            equal
                [
                    "the training state has version 6, and this program reads versions 1 to 5; use the program that wrote it"
                ]
                (problems text)
        }

        testTheory "a text that is no training state is refused" [ ""; "{}"; "drcnn-training-state" ] (fun text ->
            containsText "expected 'drcnn-training-state 5'" (single (problems text)))

        test "every problem is named at once" {
            let text =
                CheckpointText
                    .write(example)
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
                contains expected found

            exists (fun (problem: string) -> problem.StartsWith "the training state's 'topIoUs' is '0.5 x ") found
            exists (fun (problem: string) -> problem.Contains "does not know: 'betta=") found
            equal 8 found.Length
        }

        test "each missing line is named" {
            let lines = CheckpointText.write(example).TrimEnd().Split '\n'

            for i in 1 .. lines.Length - 1 do
                if not (lines[i].StartsWith "environment.") then
                    let key = lines[i].Substring(0, lines[i].IndexOf '=')
                    let text = lines |> Array.removeAt i |> String.concat "\n"
                    equal [ $"the training state lacks '{key}'" ] (problems text)
        }

        test "asking for the value of a bad text throws with its problems" {
            Expect.throwsC (fun () -> CheckpointText.read("x").Value |> ignore) (fun error ->
                Expect.isTrue (error :? System.InvalidOperationException) $"{error}"
                containsText "begins with 'x'" error.Message)
        }
    ]
