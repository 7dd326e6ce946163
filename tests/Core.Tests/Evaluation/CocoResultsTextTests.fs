module DynamicRcnn.Core.Tests.Evaluation.CocoResultsTextTests

open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open Expecto

let private goodTruth =
    """{"images":[{"id":7}],"categories":[{"id":3,"name":"cell"}],
        "annotations":[{"id":1,"image_id":7,"category_id":3,"bbox":[1,2,3,4]}]}"""

let private truth = CocoResultsText.groundTruth("gt.json", goodTruth).Value

let private problemsOfTruth (text: string) =
    CocoResultsText.groundTruth("gt.json", text).Problems |> List.ofSeq

let private problemsOfResults (text: string) =
    CocoResultsText.results("dt.json", text, truth).Problems |> List.ofSeq

[<Tests>]
let tests =
    testList "Evaluation.CocoResultsText" [
        test "area and crowd flag have the box's area and no as defaults" {
            let box = single truth.Boxes
            equal 12.0 box.Area
            isFalse box.Crowd
            equal "cell" truth.Categories[0].Name
        }

        test "every problem is named with file, field, value and expectation" {
            let text =
                """{"images":[{"id":"a"}],"categories":[{"id":3}],
            "annotations":[{"image_id":7.5,"bbox":[1,2,"3",4],"iscrowd":7}, 5]}"""

            equal
                [
                    "gt.json: annotations[0].bbox[2] is \"3\", expected a finite number"
                    "gt.json: annotations[0].image_id is 7.5, expected a whole number"
                    "gt.json: annotations[0].category_id is missing, expected a whole number"
                    "gt.json: annotations[0].iscrowd is 7, expected 0 or 1"
                    "gt.json: annotations[1] is 5, expected an object"
                    "gt.json: images[0].id is \"a\", expected a whole number"
                ]
                (problemsOfTruth text)
        }

        test "what training renumbers or leaves out is so here, and told" {
            let item (fields: string) =
                $"""{{"image_id":7,"category_id":3,{fields}}}"""

            let items =
                [
                    "\"id\":5,\"bbox\":[1,2,3,4],\"area\":-6"
                    "\"id\":null,\"bbox\":[1,2,3,4]"
                    "\"bbox\":[1,2,3,5]"
                    "\"id\":8,\"bbox\":[1,2,-3,4]"
                    "\"id\":9,\"segmentation\":[]"
                ]
                |> List.map item
                |> String.concat ","

            let read =
                CocoResultsText
                    .groundTruth(
                        "gt.json",
                        $"""{{"images":[{{"id":7}}],"categories":[{{"id":3}}],"annotations":[{items}]}}"""
                    )
                    .Value

            equal [ 1L, 12.0; 2L, 12.0; 3L, 15.0 ] [ for box in read.Boxes -> box.Id, box.Area ]

            equal
                [
                    "gt.json: annotations[0].area can be no object's, so the box's own area is taken"
                    "gt.json: annotations[1].id is no whole number, so the annotations are numbered anew (2 times, first there)"
                    "gt.json: annotations[3].bbox has a side below 0, so the annotation is left out"
                    "gt.json: annotations[4].bbox is missing, and there is no polygon, so the annotation is left out"
                ]
                (List.ofArray read.Notes)
        }

        test "missing parts of the ground truth are named" {
            equal
                [
                    "gt.json: annotations is missing, expected an array"
                    "gt.json: categories is missing, expected an array"
                    "gt.json: images is missing, expected an array"
                ]
                (problemsOfTruth "{}")
        }

        testTheory "broken JSON is one problem with its line" [ ""; "[1,"; "null x" ] (fun text ->
            let problem = single (problemsOfResults text)
            equal "dt.json: line 1 is not valid JSON, expected a complete JSON document" problem)

        testTheory "a ground truth that is no object is refused" [ "[]"; "null"; "3" ] (fun text ->
            single (problemsOfTruth text) |> ignore)

        test "a result on an image that the ground truth lacks is refused" {
            let text = """[{"image_id":8,"category_id":3,"bbox":[0,0,1,1],"score":0.5}]"""

            equal
                [
                    "dt.json: [0].image_id is 8, expected the id of an image of the ground truth"
                ]
                (problemsOfResults text)
        }

        test "a score that is no finite number is refused" {
            let text = """[{"image_id":7,"category_id":3,"bbox":[0,0,1,1],"score":1e999}]"""
            equal [ "dt.json: [0].score is 1e999, expected a finite number" ] (problemsOfResults text)
        }

        test "many problems are listed up to twenty and then counted" {
            let text = "[" + String.replicate 49 "0," + "0]"
            let problems = problemsOfResults text
            equal 21 problems.Length
            equal "dt.json: the file is the place of 30 more problems, expected none" (List.last problems)
        }

        test "an empty array of results is no detection" {
            isEmpty (CocoResultsText.results("dt.json", "[]", truth).Value)
        }

        test "text that is no valid Unicode is a problem and no fault" {
            let text =
                """{"images":[{"id":7}],"categories":[{"id":3,"name":"\ud800"}],"annotations":[]}"""

            equal [ "gt.json: a text is not valid Unicode, expected whole characters" ] (problemsOfTruth text)
        }
    ]
