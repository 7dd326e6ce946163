using System.Text.Json;
using DynamicRcnn.Cli.Tests.Commands;
using DynamicRcnn.Cli.Tests.Export;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Data;
using DynamicRcnn.Tests;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Predict;

/// <summary>drcnn predict --format: what other tools read, from pictures of many sizes and kinds.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class PredictFormatTests : IDisposable
{
    private const int Turned = 6;

    private readonly TemporaryFolder folder = new();

    private string Out => folder.Path("found");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("tiny-demo", 0)]
    [InlineData("official-r50-1x", 1)]
    public void A_YOLO_folder_is_a_data_set_without_findings_and_with_the_same_boxes(string preset, int offset)
    {
        string output = Predict(preset, "yolo", Pictured());
        string data = Path.Combine(Out, "yolo");
        Assert.Contains("no findings", Drcnn.Succeed("inspect", "--data", data), StringComparison.Ordinal);
        Dataset read = DatasetReader.Open(data, "train");
        Assert.Equal(["disc", "it's", "ring"], read.Classes.Select(name => name.Name));
        Dictionary<string, Found[]> written = Predictions(offset);
        Assert.Equal(written.Count, read.Images.Count);
        Assert.Contains(
            $"{data}: {written.Values.Sum(found => found.Length)} boxes of",
            output,
            StringComparison.Ordinal
        );
        foreach (ImageRecord image in read.Images)
        {
            Found[] boxes = [.. image.Boxes.Select(box => new Found(box.X1, box.Y1, box.X2, box.Y2, box.Label))];
            Assert.Equal(written[Path.GetFileNameWithoutExtension(image.Path)], boxes);
        }
    }

    [Fact]
    public void A_Pascal_VOC_folder_is_a_data_set_without_findings_and_boxes_in_whole_pixels()
    {
        Predict("tiny-demo", "voc", Pictured());
        string data = Path.Combine(Out, "voc");
        Assert.Contains("no findings", Drcnn.Succeed("inspect", "--data", data), StringComparison.Ordinal);
        Dataset read = DatasetReader.Open(data, "train");
        Assert.Equal(["disc", "it's", "ring"], read.Classes.Select(name => name.Name));
        Dictionary<string, Found[]> written = Predictions(0);
        Assert.Equal(written.Count, read.Images.Count);
        foreach (ImageRecord image in read.Images)
        {
            Found[] found = written[Path.GetFileNameWithoutExtension(image.Path)];
            // Boxes that are one in whole pixels are written once.
            Assert.InRange(image.Boxes.Count, Math.Min(found.Length, 1), found.Length);
            Assert.All(
                image.Boxes,
                box =>
                    Assert.Contains(
                        found,
                        other =>
                            other.Label == box.Label
                            && Math.Abs(other.X1 - box.X1) < 2.01
                            && Math.Abs(other.Y1 - box.Y1) < 2.01
                            && Math.Abs(other.X2 - box.X2) < 2.01
                            && Math.Abs(other.Y2 - box.Y2) < 2.01
                    )
            );
        }
    }

    [Fact]
    public void A_table_has_a_row_for_each_detection_and_one_for_a_picture_without()
    {
        string few = folder.Path("few");
        string[] pictures = Pictured();
        Predict("tiny-demo", "csv", pictures);
        string[] rows = File.ReadAllLines(Path.Combine(Out, "predictions.csv"));
        Assert.Equal("filename,width,height,class,xmin,ymin,xmax,ymax,score", rows[0]);
        Assert.Equal(Predictions(0).Values.Sum(found => found.Length), rows.Length - 1);
        string[] arguments = ["predict", "--checkpoint", Detector("tiny-demo"), "--out", few, "--format", "csv"];
        Drcnn.Succeed([.. arguments, "--score-threshold", "0.9999", pictures[0]]);
        Assert.Equal([rows[0], $"{pictures[0]},96,96,,,,,,"], File.ReadAllLines(Path.Combine(few, "predictions.csv")));
    }

    [Fact]
    public void Cut_outs_lie_in_folders_of_their_classes_and_are_as_large_as_their_boxes()
    {
        string picture = Pictured()[0];
        Predict("tiny-demo", "crops", picture);
        Found[] found = Predictions(0)["plain"];
        Assert.NotEmpty(found);
        string[] folders = ["disc", "it's", "ring"];
        for (int place = 0; place < found.Length; place++)
        {
            (float x1, float y1, float x2, float y2, int label) = found[place];
            RgbImage cut = ImageCodec.ReadFile(Path.Combine(Out, "crops", folders[label], $"plain-{place + 1}.jpg"));
            Assert.Equal((int)MathF.Ceiling(x2) - (int)x1, cut.Width);
            Assert.Equal((int)MathF.Ceiling(y2) - (int)y1, cut.Height);
        }
        Assert.Equal(found.Length, Directory.GetFiles(Out, "plain-*.jpg", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public void What_is_less_certain_than_what_is_drawn_is_in_no_data_set_and_is_counted()
    {
        string[] arguments = ["predict", "--checkpoint", Detector("tiny-demo"), "--out", Out, "--format", "yolo,csv"];
        string output = Drcnn.Succeed([.. arguments, Pictured()[0]]);
        Found[] all = Predictions(0)["plain"];
        string[] labels = File.ReadAllLines(Path.Combine(Out, "yolo", "labels", "plain.txt"));
        Assert.True(labels.Length < all.Length);
        Assert.Contains($"{all.Length} detections, {labels.Length} drawn in ", output, StringComparison.Ordinal);
        Assert.Contains(
            $"{all.Length - labels.Length} left out with a score below 0.50",
            output,
            StringComparison.Ordinal
        );
        Assert.Contains($"predictions.csv: {all.Length} detections", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_annotations_images_are_numbered_and_listed()
    {
        string[] pictures = Pictured();
        Predict("tiny-demo", "coco", pictures);
        using JsonDocument images = JsonDocument.Parse(File.ReadAllText(Path.Combine(Out, "coco-images.json")));
        Assert.Equal(
            pictures.Select((picture, place) => (place + 1, picture)),
            images
                .RootElement.GetProperty("images")
                .EnumerateArray()
                .Select(image => (image.GetProperty("id").GetInt32(), image.GetProperty("file_name").GetString()!))
        );
        Assert.Equal(
            [3, 7, 9],
            images
                .RootElement.GetProperty("categories")
                .EnumerateArray()
                .Select(name => name.GetProperty("id").GetInt32())
        );
        string scored = Drcnn.Succeed([
            "eval",
            "--annotations",
            Path.Combine(Out, "coco-images.json"),
            "--results",
            Path.Combine(Out, "coco-results.json"),
        ]);
        Assert.Contains($"{pictures.Length} images, 0 boxes", scored, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_that_the_annotations_do_not_list_are_counted_and_mistakes_are_refused()
    {
        string[] pictures = Pictured();
        string annotations = folder.Write(
            "truth.json",
            """
            {
              "images": [{ "id": 70, "file_name": "a/plain.png", "width": 96, "height": 96 }],
              "annotations": [{ "id": 1, "image_id": 70, "category_id": 5, "bbox": [1, 1, 9, 9], "area": 81, "iscrowd": 0 }],
              "categories": [{ "id": 5, "name": "disc" }, { "id": 6, "name": "ring" }]
            }
            """
        );
        string[] arguments = ["predict", "--checkpoint", Detector("tiny-demo"), "--out", Out, "--format", "coco"];
        string output = Drcnn.Succeed([.. arguments, "--annotations", annotations, .. pictures]);
        Assert.Contains(
            $"{pictures.Length - 1} images left out that the annotations do not list",
            output,
            StringComparison.Ordinal
        );
        Assert.Contains("detections left out of classes that they do not list", output, StringComparison.Ordinal);
        using JsonDocument results = JsonDocument.Parse(File.ReadAllText(Path.Combine(Out, "coco-results.json")));
        Assert.Equal(
            [(70, 5), (70, 6)],
            results
                .RootElement.EnumerateArray()
                .Select(found =>
                    (found.GetProperty("image_id").GetInt32(), found.GetProperty("category_id").GetInt32())
                )
                .Distinct()
                .Order()
        );
        arguments[4] = folder.Path("other");
        Drcnn.Refuse(
            ExitCode.BadUsage,
            [annotations, "none of its images"],
            [.. arguments, "--annotations", annotations, pictures[1]]
        );
        string again = folder.Write("b/a/plain.png", File.ReadAllBytes(pictures[0]));
        Drcnn.Refuse(
            ExitCode.BadUsage,
            [annotations, pictures[0], again, "both its image 70"],
            [.. arguments, "--annotations", annotations, pictures[0], again]
        );
        Drcnn.Refuse(
            ExitCode.BadInput,
            [folder.Path("none.json")],
            [.. arguments, "--annotations", folder.Path("none.json"), pictures[0]]
        );
        Assert.False(Directory.Exists(folder.Path("other")));
    }

    [Theory]
    [InlineData("coco", "coco-results.json")]
    [InlineData("yolo", "yolo")]
    [InlineData("voc", "voc")]
    [InlineData("csv", "predictions.csv")]
    [InlineData("crops", "crops")]
    public void What_is_there_already_is_kept(string format, string name)
    {
        Directory.CreateDirectory(Path.Combine(Out, name));
        Drcnn.Refuse(
            ExitCode.BadUsage,
            [Path.Combine(Out, name), "already", "choose another --out"],
            ["predict", "--checkpoint", Detector("tiny-demo"), "--out", Out, "--format", format, Pictured()[0]]
        );
        Assert.Equal([Path.Combine(Out, name)], Directory.EnumerateFileSystemEntries(Out));
    }

    [Fact]
    public void The_input_may_list_the_pictures()
    {
        string[] pictures = Pictured();
        string[] arguments = ["predict", "--checkpoint", Detector("tiny-demo"), "--out", Out, "-"];
        ProcessRun none = Run("\n\n");
        Drcnn.RequireOneSentence(none, ExitCode.BadInput, ["-: the input lists no file"]);
        ProcessRun missing = Run($"{pictures[0]}\n{folder.Path("none.png")}\n");
        Drcnn.RequireOneSentence(missing, ExitCode.BadInput, [folder.Path("none.png"), "no such file"]);
        ProcessRun both = Run($"{pictures[1]}\n\n{pictures[0]}");
        Assert.True(both.ExitCode == ExitCode.Done, both.Errors);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Out, "predictions.json")));
        Assert.Equal(
            [pictures[1], pictures[0]],
            json.RootElement.GetProperty("images")
                .EnumerateArray()
                .Select(image => image.GetProperty("file").GetString()!)
        );

        ProcessRun Run(string input)
        {
            using var output = new StringWriter();
            using var errors = new StringWriter();
            using var reader = new StringReader(input);
            int code = CommandHost.Run(arguments, new Terminal(output, errors, Columns: null, reader));
            return new ProcessRun(code, output.ToString(), errors.ToString());
        }
    }

    private string Predict(string preset, string formats, params string[] pictures) =>
        Drcnn.Succeed([
            .. new[] { "predict", "--checkpoint", Detector(preset), "--out", Out, "--format", formats },
            .. new[] { "--score-threshold", "0" },
            .. pictures,
        ]);

    private string Detector(string preset)
    {
        string path = folder.Path($"{preset}.safetensors");
        if (!File.Exists(path))
        {
            RandomDetector.Write(path, preset);
        }
        return path;
    }

    /// <summary>Pictures of many sizes; two of one name, a hidden one, one that EXIF turns, and JPEGs with too much and too little at their end.</summary>
    private string[] Pictured()
    {
        RgbImage plain = Pictures.Drawn((96, 96));
        byte[] jpeg = ImageCodec.EncodeJpeg(plain);
        return
        [
            folder.Write("a/plain.png", ImageCodec.EncodePng(plain)),
            folder.Write("b/plain.JPG", jpeg),
            folder.Write("a/.hidden.png", ImageCodec.EncodePng(plain)),
            folder.Write("a/odd name [1]", ImageCodec.EncodePng(plain)),
            folder.Write("a/long.jpg", [.. jpeg, 1, 2, 3]),
            folder.Write("a/short.jpg", jpeg[..^2]),
            folder.Write(
                "a/turned.png",
                ExifBytes.InPng(ImageCodec.EncodePng(Pictures.Drawn((97, 60))), ExifBytes.Tiff(Turned))
            ),
            .. Pictures.All.Select(
                (picture, place) => folder.Write($"c/{place:D2}.png", ImageCodec.EncodePng(picture))
            ),
        ];
    }

    /// <summary>The boxes of predictions.json by the names that data sets give the pictures, right and bottom exclusive.</summary>
    private Dictionary<string, Found[]> Predictions(int offset)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Out, "predictions.json")));
        Dictionary<string, Found[]> found = [];
        foreach (JsonElement image in json.RootElement.GetProperty("images").EnumerateArray())
        {
            string stem = Path.GetFileNameWithoutExtension(image.GetProperty("file").GetString()!);
            string name = stem.StartsWith('.') ? $"_{stem}" : stem;
            Found[] boxes =
            [
                .. image
                    .GetProperty("detections")
                    .EnumerateArray()
                    .Select(box => Of(box, offset, image))
                    .Where(box => box.X2 > box.X1 && box.Y2 > box.Y1),
            ];
            if (!found.TryAdd(name, boxes))
            {
                found.Add($"{name}-2", boxes);
            }
        }
        return found;
    }

    private static Found Of(JsonElement detection, int offset, JsonElement image)
    {
        float[] box = [.. detection.GetProperty("box").EnumerateArray().Select(number => number.GetSingle())];
        int label = Array.IndexOf([3, 7, 9], detection.GetProperty("category_id").GetInt32());
        float right = Math.Min(box[2] + offset, image.GetProperty("width").GetInt32());
        float bottom = Math.Min(box[3] + offset, image.GetProperty("height").GetInt32());
        return new Found(box[0], box[1], right, bottom, label);
    }

    private sealed record Found(float X1, float Y1, float X2, float Y2, int Label);
}
