using System.Runtime.Versioning;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Data;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>Data sets that cannot be used: real ones from the shared data, and generated ones.</summary>
[Collection(TrainedRunTests.Name)]
[SupportedOSPlatform("linux")]
public sealed class BadDataTests(TrainedRun trained) : InFolder
{
    private const string Categories = "\"categories\": [{ \"id\": 1, \"name\": \"cell\" }]";
    private const string Images =
        "\"images\": [{ \"id\": 1, \"file_name\": \"a.png\", \"width\": 64, \"height\": 48 }]";

    [Theory]
    [InlineData(
        "coco_json/bccd_zero_area_boxes.json",
        "no image that can be used",
        "BloodImage_00338.jpg does not exist"
    )]
    [InlineData("coco_json/mmdet_coco_batched_sample.json", "the whole file is an array of 1", "the key 'categories'")]
    [InlineData("coco_json/mmdet_coco_sample.json", "no image that can be used", "fake1.jpg does not exist")]
    [InlineData(
        "coco_json/mmdet_coco_wrong_format_sample.json",
        "no image that can be used",
        "fake1.jpg does not exist"
    )]
    [InlineData("coco_json", "no data set is recognised", "instances_SPLIT.json")]
    [InlineData("bccd_voc_xml", "no image that can be used", "BloodImage_00338.jpg")]
    [InlineData("bccd_voc_xml/BloodImage_00338.xml", "describes no data set", "ImageSets/Main")]
    [InlineData("neu_duplicate_boxes_xml", "no image that can be used", "crazing_120.jpg")]
    [InlineData("voc_size_mismatch", "crazing_1.jpg", "is 416 x 416, but its annotation says 200 x 200")]
    [InlineData("weights", "no data set is recognised")]
    [InlineData("weights/lfs_pointer_resnet18.pth", "a Git LFS pointer", "git lfs pull")]
    public void Bad_data_sets_of_the_world_are_refused_by_every_command(string name, params string[] parts) =>
        RefuseEverywhere(Repository.Shared("data", "bad_input", name), parts);

    [Theory]
    [InlineData("bccd_zero_area_boxes.json", "an array of results")]
    [InlineData(
        "mmdet_coco_batched_sample.json",
        "the whole file is an array of 1; expected an object with the key 'annotations'"
    )]
    [InlineData("mmdet_coco_sample.json", "an array of results")]
    [InlineData("mmdet_coco_wrong_format_sample.json", "an array of results")]
    public void Annotations_in_the_place_of_results_are_refused(string name, string expected)
    {
        string file = Repository.Shared("data", "bad_input", "coco_json", name);
        Drcnn.Refuse(ExitCode.BadInput, [file, expected], ["eval", "--annotations", file, "--results", file]);
    }

    [Theory]
    [InlineData(
        "coco_json/bccd_zero_area_boxes.json",
        640,
        480,
        "BloodImage_00338 BloodImage_00343",
        "2 box without area"
    )]
    [InlineData("coco_json/mmdet_coco_wrong_format_sample.json", 800, 800, "fake1", "1 duplicate id")]
    [InlineData("bccd_voc_xml", 640, 480, "BloodImage_00338 BloodImage_00343", "2 box without area")]
    [InlineData("neu_duplicate_boxes_xml", 200, 200, "crazing_120 inclusion_62 patches_198", "duplicate box")]
    public void With_their_images_such_data_sets_are_used_and_their_faults_counted(
        string name,
        int width,
        int height,
        string images,
        string finding
    )
    {
        string source = Repository.Shared("data", "bad_input", name);
        foreach (string file in File.Exists(source) ? [source] : Directory.GetFiles(source))
        {
            folder.Write(Path.Combine("data", Path.GetFileName(file)), File.ReadAllBytes(file));
        }

        byte[] grey = ImageCodec.EncodeJpeg(new RgbImage(width, height, new byte[3 * width * height]));
        foreach (string image in images.Split(' '))
        {
            folder.Write(Path.Combine("data", $"{image}.jpg"), grey);
        }

        string data = File.Exists(source) ? folder.Path("data", Path.GetFileName(source)) : folder.Path("data");
        Assert.Contains(finding, Drcnn.Succeed("inspect", "--data", data), StringComparison.Ordinal);
        Drcnn.Refuse(
            ExitCode.BadInput,
            ["(--strict)"],
            ["train", "--data", data, "--out", folder.Path("run"), "--preset", "tiny-demo", "--strict"]
        );
        Assert.False(Path.Exists(folder.Path("run")), "a refused run leaves no folder");
    }

    [Theory]
    [InlineData("{}", "the key 'categories'")]
    [InlineData("{ " + Categories + " }", "the key 'images'")]
    [InlineData("{ " + Categories + ", " + Images + " }", "the key 'annotations'")]
    [InlineData("{ " + Categories + ", " + Images + ", \"annotations\": 5 }", "annotations is 5; expected an array")]
    [InlineData(
        "{ " + Categories + ", \"images\": {}, \"annotations\": [] }",
        "images is an object; expected an array"
    )]
    [InlineData("{ \"categories\": [], " + Images + ", \"annotations\": [] }", "categories is an array of 0")]
    [InlineData(
        "{ \"categories\": [{ \"id\": \"one\" }], \"images\": [] }",
        "categories[0].id is \"one\"; expected a whole number"
    )]
    [InlineData("{ " + Categories + ", \"images\": [{ \"id\": 1 }] }", "images[0]", "the key 'file_name'")]
    [InlineData("{ " + Categories + ", \"images\": [{ \"id\": 1, \"file_name\": 3 }] }", "images[0].file_name is 3")]
    [InlineData(
        "{ " + Categories + ", " + Images + ", \"annotations\": [{ \"bbox\": [1, 2, 3] }] }",
        "annotations[0].bbox",
        "4 numbers"
    )]
    [InlineData(
        "{ " + Categories + ", " + Images + ", \"annotations\": [{ \"bbox\": \"all\" }] }",
        "annotations[0].bbox is \"all\""
    )]
    [InlineData(
        "{ " + Categories + ", " + Images + ", \"annotations\": [{ \"bbox\": [1, 2, 3, null] }] }",
        "annotations[0].bbox[3] is null"
    )]
    [InlineData("{ \"categories\": ", "line 1 is not JSON")]
    [InlineData("", "the file is empty, or no regular file; expected JSON")]
    public void Annotations_with_missing_keys_and_wrong_types_are_refused_by_field(string text, params string[] parts)
    {
        string file = folder.Write("data/instances.json", text);
        folder.Write("data/a.png", ImageCodec.EncodePng(new RgbImage(64, 48, new byte[3 * 64 * 48])));
        RefuseEverywhere(file, [file, .. parts]);
    }

    [Fact]
    public void Folders_without_data_and_paths_that_are_not_there_are_refused()
    {
        Directory.CreateDirectory(folder.Path("empty"));
        RefuseEverywhere(folder.Path("empty"), "no data set is recognised", "COCO", "Pascal VOC", "YOLO");
        RefuseEverywhere(folder.Path("nowhere"), "there is no such folder or file");
        folder.Write("words/notes.txt", "no data");
        RefuseEverywhere(folder.Path("words"), "no data set is recognised");
        folder.Write("broken/annotations/instances_train.json/file", "a folder where a file is expected");
        Drcnn.Refuse(ExitCode.BadInput, [folder.Path("broken")], ["inspect", "--data", folder.Path("broken")]);
    }

    [Fact]
    public void A_data_set_that_may_not_be_read_is_refused()
    {
        string file = folder.Write("data/instances.json", "{}");
        File.SetUnixFileMode(file, UnixFileMode.None);
        if (Environment.IsPrivilegedProcess)
        {
            Assert.Skip("root reads every file; as another user this test sees one that it may not read");
        }

        RefuseEverywhere(file, [file, "cannot be read"]);
    }

    [Theory]
    [InlineData("cut.jpg", "cut.jpg")]
    [InlineData("huge.png", "100000 x 100000", "limit of 100000000 pixels")]
    [InlineData("words.jpg", "words.jpg")]
    [InlineData("empty.png", "empty.png")]
    public void A_data_set_of_nothing_but_broken_images_is_refused(string name, params string[] parts)
    {
        folder.Write($"data/{name}", BrokenImages.Of(name, Path.Combine(trained.Data, "images", "val_0000.jpg")));
        int side = name == "huge.png" ? 100_000 : 256;
        string data = folder.Write(
            "data/instances.json",
            $$"""
            {
              "categories": [{ "id": 1, "name": "cell" }],
              "images": [{ "id": 1, "file_name": "{{name}}", "width": {{side}}, "height": {{side}} }],
              "annotations": [{ "id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 20, 20] }]
            }
            """
        );
        string[] expected = [.. parts, folder.Path("data", name), "has no image that can be used"];
        Drcnn.Refuse(ExitCode.BadInput, expected, ["inspect", "--data", data]);
        Drcnn.Refuse(
            ExitCode.BadInput,
            expected,
            ["train", "--data", data, "--preset", "tiny-demo", "--iterations", "2", "--out", folder.Path("run")]
        );
        ProcessRun predict = Drcnn.Run([
            "predict",
            "--checkpoint",
            trained.Checkpoint,
            "--out",
            folder.Path("found"),
            folder.Path("data", name),
        ]);
        Assert.Equal(ExitCode.BadInput, predict.ExitCode);
        Assert.All(parts, part => Assert.Contains(part, predict.Errors, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", predict.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Training_numbers_the_annotations_of_a_file_that_begins_with_0_anew()
    {
        File.Copy(Path.Combine(trained.Data, "images", "val_0000.jpg"), folder.Write("a.jpg", ""), overwrite: true);
        string data = folder.Write(
            "instances.json",
            """
            {
              "categories": [{ "id": 1, "name": "cell" }],
              "images": [{ "id": 1, "file_name": "a.jpg", "width": 224, "height": 224 }],
              "annotations": [{ "id": 0, "image_id": 1, "category_id": 1, "bbox": [0, 0, 20, 20] }]
            }
            """
        );
        string output = Drcnn.Succeed(
            "train",
            "--data",
            data,
            "--preset",
            "tiny-demo",
            "--iterations",
            "2",
            "--out",
            folder.Path("run")
        );
        Assert.Contains("1 finding: 1 renumbered id", output, StringComparison.Ordinal);
    }

    private void RefuseEverywhere(string data, params string[] parts)
    {
        string run = folder.Path("run");
        Drcnn.Refuse(ExitCode.BadInput, [data, .. parts], ["inspect", "--data", data]);
        Drcnn.Refuse(
            ExitCode.BadInput,
            [data, .. parts],
            ["train", "--data", data, "--preset", "tiny-demo", "--iterations", "2", "--out", run]
        );
        Drcnn.Refuse(
            ExitCode.BadInput,
            [data, .. parts],
            ["eval", "--checkpoint", trained.Checkpoint, "--data", data, "--split", "train"]
        );
        Assert.False(Path.Exists(run), "a refused run leaves no folder");
    }
}
