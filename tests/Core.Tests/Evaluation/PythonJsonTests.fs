module DynamicRcnn.Core.Tests.Evaluation.PythonJsonTests

open System.Text
open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open Expecto

let private quoted (text: string) =
    match PythonJson.quoteNonFinite (Encoding.UTF8.GetBytes text) with
    | null -> "none"
    | bytes -> Encoding.UTF8.GetString bytes

[<Tests>]
let tests =
    testList "Evaluation.PythonJson" [
        testTheory
            "words outside strings are quoted and nothing else"
            [
                "[NaN]", "[\"NaN\"]"
                "[1,-Infinity,Infinity]", "[1,\"-Infinity\",\"Infinity\"]"
                "{\"NaN\":\"a NaN\",\"b\\\"NaN\":NaN}", "{\"NaN\":\"a NaN\",\"b\\\"NaN\":\"NaN\"}"
                "{\"NaN\":-1}", "none"
                "[\"NaN", "none"
                "[\"NaN\\", "none"
                "", "none"
            ]
            (fun (text, expected) -> equal expected (quoted text))

        testTheory
            "a number that Python writes and JSON lacks is named with its place"
            [
                "[{\"image_id\":7,\"category_id\":3,\"bbox\":[NaN,0,1,1],\"score\":1}]",
                "dt.json: [0].bbox[0] is NaN, expected a finite number"
                "[{\"image_id\":7,\"category_id\":3,\"bbox\":[0,0,1,1],\"score\":-Infinity}]",
                "dt.json: [0].score is -Infinity, expected a finite number"
                "[{\"image_id\":7,\"category_id\":3,\"bbox\":[0,0,1,1],\"score\":NaN}",
                "dt.json: line 1 is not valid JSON, expected a complete JSON document"
            ]
            (fun (text, expected) ->
                let truth =
                    CocoResultsText
                        .groundTruth("gt.json", """{"images":[{"id":7}],"categories":[{"id":3}],"annotations":[]}""")
                        .Value

                equal expected (single (CocoResultsText.results("dt.json", text, truth).Problems)))

        testTheory
            "the box is read as training reads it"
            [
                "\"bbox\":[10,5,20,30]"
                "\"bbox\":null,\"segmentation\":[[10,5,30,5,30,35,10,35]]"
                "\"bbox\":[],\"segmentation\":[[10,5,30,5,20,15],[10,15,30,35,12,30]]"
                "\"segmentation\":[10,5,30,5,30,35,10,35],\"area\":null,\"iscrowd\":null"
                "\"bbox\":[10,5,20,30],\"iscrowd\":false"
            ]
            (fun fields ->
                let text =
                    $"""{{"images":[{{"id":7,"file_name":null}}],"categories":[{{"id":3,"name":null}}],
            "annotations":[{{"id":1,"image_id":7,"category_id":3,{fields}}}]}}"""

                let box = single (CocoResultsText.groundTruth("gt.json", text).Value.Boxes)
                equal (10.0, 5.0, 20.0, 30.0) (box.X, box.Y, box.Width, box.Height)
                equal 600.0 box.Area
                isFalse box.Crowd)
    ]
