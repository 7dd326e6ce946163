using DynamicRcnn.CommandLine;
using DynamicRcnn.Data;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>Names that lead elsewhere, in a stranger's data set, checkpoint and run folder: nothing is written outside the output folder.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class TrustTests(TrainedRun trained) : InFolder
{
    [Fact]
    public void A_data_set_whose_names_lead_out_is_trained_on_without_them_and_writes_nothing_outside_the_run()
    {
        byte[] image = ImageCodec.EncodeJpeg(new RgbImage(96, 64, new byte[3 * 96 * 64]));
        folder.Write("outside.jpg", image);
        folder.Write("data/images/a.jpg", image);
        File.CreateSymbolicLink(folder.Path("data", "images", "linked.jpg"), folder.Path("outside.jpg"));
        string[] names =
        [
            "../../outside.jpg",
            folder.Path("outside.jpg"),
            "a.jpg",
            "linked.jpg",
            "images/../../../outside.jpg",
        ];
        string images = string.Join(',', names.Select((name, id) => Image(id + 1, name)));
        string boxes = string.Join(',', names.Select((_, id) => Box(id + 1)));
        string text =
            $$"""{"categories":[{"id":1,"name":"../../evil"},{"id":2,"name":"/tmp/evil\u0000"}],"images":[{{images}}],"annotations":[{{boxes}}]}""";
        folder.Write("data/annotations/instances_train.json", text);
        folder.Write("data/annotations/instances_val.json", text);
        SortedDictionary<string, string> before = folder.Snapshot();

        string run = folder.Path("run");
        string said = Drcnn.Succeed(["train", "--data", folder.Path("data"), "--out", run, .. TrainedRun.FewSteps]);
        Assert.Contains("3 name outside the folder", said, StringComparison.Ordinal);
        Drcnn.Succeed("report", run, "--out", folder.Path("run", "report.html"));
        Drcnn.Succeed(
            "predict",
            "--checkpoint",
            run,
            "--out",
            folder.Path("run", "found"),
            folder.Path("data", "images", "a.jpg")
        );
        Drcnn.Succeed(
            "eval",
            "--checkpoint",
            run,
            "--data",
            folder.Path("data"),
            "--csv",
            folder.Path("run", "figures")
        );

        Directory.Delete(run, recursive: true);
        Assert.Equal(before, folder.Snapshot());
    }

    [Theory]
    [InlineData("log.jsonl")]
    [InlineData("statistics.bin")]
    [InlineData("events.out.tfevents.drcnn")]
    [InlineData("metrics.csv")]
    public void A_run_whose_file_is_a_link_does_not_go_on_and_what_it_leads_to_stays(string name)
    {
        string run = trained.CopyOfRun(folder.Path("run"));
        string mine = folder.Write("mine", "precious");
        File.Delete(Path.Combine(run, name));
        File.CreateSymbolicLink(Path.Combine(run, name), mine);
        SortedDictionary<string, string> before = folder.Snapshot();
        Drcnn.Refuse(
            ExitCode.BadInput,
            [name, "this is a link"],
            ["train", "--resume", "--out", run, "--iterations", "6"]
        );
        Assert.Equal(before, folder.Snapshot());
    }

    [Fact]
    public void A_checkpoint_whose_tensors_are_named_as_paths_is_refused_and_nothing_appears()
    {
        TensorFile file = SafetensorsFile.Read(trained.Checkpoint);
        string path = folder.Path("odd.safetensors");
        SafetensorsFile.Write(
            path,
            new TensorFile(
                file.Tensors.ToDictionary(entry => $"model.../../{entry.Key}", entry => entry.Value),
                file.Metadata.Where(entry => entry.Key != "sha256").ToDictionary()
            )
        );
        SortedDictionary<string, string> before = folder.Snapshot();
        string image = Path.Combine(trained.Data, "images", "val_0000.jpg");
        Drcnn.Refuse(
            ExitCode.BadInput,
            [path],
            ["predict", "--checkpoint", path, "--out", folder.Path("found"), image]
        );
        Assert.Equal(before, folder.Snapshot());
    }

    private static string Image(int id, string name) =>
        $$"""{"id":{{id}},"file_name":"{{name}}","width":96,"height":64}""";

    private static string Box(int image) =>
        $$"""{"id":{{image}},"image_id":{{image}},"category_id":{{(image % 2) + 1}},"bbox":[10,10,40,30]}""";
}
