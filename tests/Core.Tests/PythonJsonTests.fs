module DynamicRcnn.Core.Tests.PythonJsonTests

open System.Text
open DynamicRcnn.Core
open Xunit

let private quoted (text: string) =
    match PythonJson.quoteNonFinite (Encoding.UTF8.GetBytes text) with
    | ValueSome bytes -> Encoding.UTF8.GetString bytes
    | ValueNone -> "none"

[<Theory>]
[<InlineData("[NaN]", "[\"NaN\"]")>]
[<InlineData("[1,-Infinity,Infinity]", "[1,\"-Infinity\",\"Infinity\"]")>]
[<InlineData("{\"NaN\":\"a NaN\",\"b\\\"NaN\":NaN}", "{\"NaN\":\"a NaN\",\"b\\\"NaN\":\"NaN\"}")>]
[<InlineData("{\"NaN\":-1}", "none")>]
[<InlineData("[\"NaN", "none")>]
[<InlineData("[\"NaN\\", "none")>]
[<InlineData("", "none")>]
let ``words outside strings are quoted and nothing else`` (text: string, expected: string) =
    Assert.Equal(expected, quoted text)

[<Theory>]
[<InlineData("[{\"image_id\":7,\"category_id\":3,\"bbox\":[NaN,0,1,1],\"score\":1}]",
             "dt.json: [0].bbox[0] is NaN, expected a finite number")>]
[<InlineData("[{\"image_id\":7,\"category_id\":3,\"bbox\":[0,0,1,1],\"score\":-Infinity}]",
             "dt.json: [0].score is -Infinity, expected a finite number")>]
[<InlineData("[{\"image_id\":7,\"category_id\":3,\"bbox\":[0,0,1,1],\"score\":NaN}",
             "dt.json: line 1 is not valid JSON, expected a complete JSON document")>]
let ``a number that Python writes and JSON lacks is named with its place`` (text: string, expected: string) =
    let truth =
        CoreApi
            .TryParseGroundTruth("gt.json", """{"images":[{"id":7}],"categories":[{"id":3}],"annotations":[]}""")
            .Value

    Assert.Equal(expected, Assert.Single(CoreApi.TryParseResults("dt.json", text, truth).Problems))

[<Theory>]
[<InlineData("\"bbox\":[10,5,20,30]")>]
[<InlineData("\"bbox\":null,\"segmentation\":[[10,5,30,5,30,35,10,35]]")>]
[<InlineData("\"bbox\":[],\"segmentation\":[[10,5,30,5,20,15],[10,15,30,35,12,30]]")>]
[<InlineData("\"segmentation\":[10,5,30,5,30,35,10,35],\"area\":null,\"iscrowd\":null")>]
[<InlineData("\"bbox\":[10,5,20,30],\"iscrowd\":false")>]
let ``the box is read as training reads it`` (fields: string) =
    let text =
        $"""{{"images":[{{"id":7,"file_name":null}}],"categories":[{{"id":3,"name":null}}],
            "annotations":[{{"id":1,"image_id":7,"category_id":3,{fields}}}]}}"""

    let box = Assert.Single(CoreApi.TryParseGroundTruth("gt.json", text).Value.Boxes)
    Assert.Equal((10.0, 5.0, 20.0, 30.0), (box.X, box.Y, box.Width, box.Height))
    Assert.Equal(600.0, box.Area)
    Assert.False box.Crowd
