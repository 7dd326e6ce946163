module DynamicRcnn.Core.Tests.Run.ExperimentPlanTests

open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open Expecto

let private read (text: string) =
    ExperimentPlanText.read { FileName = "plan.json"; Text = text }

let private problems (text: string) = List.ofSeq (read text).Problems

let private plan =
    """{ "preset": "tiny-demo", // comments are allowed
         "set": ["solver.iterations=100", "dynamic.moveBeta=true"],
         "seeds": [1, 2],
         "arms": [{ "name": "fixed", "set": ["dynamic.moveBeta=false"] }, { "name": "both" }] }"""

[<Tests>]
let tests =
    testList "Run.ExperimentPlan" [
        test "a plan's runs take every arm with the first seed before the next seed" {
            let names = (read plan).Value.Runs |> Array.map _.Name
            equal [| "fixed-seed1"; "both-seed1"; "fixed-seed2"; "both-seed2" |] names
        }

        test "an arm's own value takes the place of the plan's for the same field" {
            let plan = (read plan).Value

            equal [| "solver.iterations=100"; "dynamic.moveBeta=false" |] (plan.SetsOf(plan.Arms[0]))

            equal plan.Sets (plan.SetsOf(plan.Arms[1]))
        }

        test "every problem of a plan is named with its place" {
            let found =
                problems """{ "preset": 3, "seeds": [1, -2], "arms": [{ "name": "a/b" }, { "set": [7] }], "arm": [] }"""

            let expected = [
                "plan.json: arm: no such key; did you mean arms?"
                "plan.json: preset: got 3, expected a text"
                "plan.json: seeds[1]: got -2, expected a whole number of at least 0"
                "plan.json: arms[0].name: got \"a/b\", expected letters, digits, '-' and '_', for it names a folder"
                "plan.json: arms[1].name: is missing"
                "plan.json: arms[1].set[0]: got 7, expected a text"
            ]

            equal (List.sort expected) (List.sort found)
        }

        test "a name that would break the line is written as in JSON" {
            let found =
                problems "{ \"preset\": \"x\", \"seeds\": [1], \"arms\": [{ \"name\": \"a\" }], \"two\\nlines\": 1 }"

            equal [ @"plan.json: two\u000alines: no such key" ] found
        }

        testTheory
            "what cannot be a plan is refused in one sentence"
            [
                """{ "preset": "x", "seeds": [1, 1], "arms": [{ "name": "a" }] }""",
                "plan.json: seeds: got 1, expected each once"
                """{ "preset": "x", "seeds": [1], "arms": [{ "name": "a" }, { "name": "a" }] }""",
                "plan.json: arms: got a, expected each once"
                """{ "preset": "x", "seeds": [], "arms": [{ "name": "a" }] }""",
                "plan.json: seeds: got [], expected at least one"
                """{ "preset": "x", "seeds": [1] }""", "plan.json: arms: is missing"
                """[1]""", "plan.json: is no JSON object"
                """{ "preset": """, "plan.json: is not valid JSON at line 1"
            ]
            (fun (text, expected) -> equal [ expected ] (problems text))
    ]
