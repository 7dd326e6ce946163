using System.Buffers.Binary;
using DynamicRcnn.CommandLine;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>Checkpoints and weights that are damaged, of another detector, or none at all.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class BadCheckpointTests(TrainedRun trained) : InFolder
{
    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(2_000)]
    [InlineData(1_000_000)]
    public void A_checkpoint_that_is_cut_off_is_refused_by_every_command(int length) =>
        RefuseEverywhere(folder.Write("cut.safetensors", File.ReadAllBytes(trained.Checkpoint)[..length]));

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(40)]
    public void A_checkpoint_with_a_flipped_byte_in_its_header_is_refused_by_every_command(int position)
    {
        byte[] content = File.ReadAllBytes(trained.Checkpoint);
        content[position] ^= 0x90;
        RefuseEverywhere(folder.Write("flipped.safetensors", content));
    }

    [Fact]
    public void A_checkpoint_with_a_flipped_byte_among_its_weights_is_refused_by_every_command()
    {
        byte[] content = File.ReadAllBytes(trained.Checkpoint);
        long header = BinaryPrimitives.ReadInt64LittleEndian(content);
        content[8 + header + ((content.Length - header) / 2)] ^= 0x10;
        RefuseEverywhere(folder.Write("flipped.safetensors", content));
    }

    [Fact]
    public void Weights_without_a_training_state_and_files_of_another_kind_are_refused()
    {
        byte[] bare = [2, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}'];
        RefuseEverywhere(folder.Write("bare.safetensors", bare));
        RefuseEverywhere(Path.Combine(trained.Data, "images", "val_0000.jpg"));
        RefuseEverywhere(folder.Path("nowhere.safetensors"));
        RefuseEverywhere(trained.Data);
    }

    [Fact]
    public void A_data_set_with_other_classes_is_refused_with_both_lists()
    {
        string annotations = Path.Combine("annotations", "instances_val.json");
        string data = folder.Path("other");
        folder.Write(
            Path.Combine("other", annotations),
            File.ReadAllText(Path.Combine(trained.Data, annotations))
                .Replace("\"ring\"", "\"hexagon\"", StringComparison.Ordinal)
        );
        Directory.CreateSymbolicLink(Path.Combine(data, "images"), Path.Combine(trained.Data, "images"));
        Drcnn.Refuse(
            ExitCode.BadInput,
            [
                $"{trained.Checkpoint} knows the classes [1 disc, 2 square, 3 triangle, 4 star, 5 ring]",
                "[1 disc, 2 square, 3 triangle, 4 star, 5 hexagon]",
            ],
            ["eval", "--checkpoint", trained.Checkpoint, "--data", data]
        );
    }

    [Fact]
    public void A_run_that_would_go_on_with_other_classes_is_refused_with_both_lists_and_left_as_it_is()
    {
        string run = trained.CopyOfRun(folder.Path("run"));
        foreach (string split in new[] { "train", "val" })
        {
            string annotations = Path.Combine("annotations", $"instances_{split}.json");
            string text = File.ReadAllText(Path.Combine(trained.Data, annotations));
            folder.Write(
                Path.Combine("other", annotations),
                text.Replace("\"disc\"", "\"moon\"", StringComparison.Ordinal)
            );
        }

        Directory.CreateSymbolicLink(folder.Path("other", "images"), Path.Combine(trained.Data, "images"));
        SortedDictionary<string, string> before = folder.Snapshot();
        Drcnn.Refuse(
            ExitCode.BadInput,
            ["[1 disc, 2 square", "[1 moon, 2 square"],
            ["train", "--resume", "--out", run, "--data", folder.Path("other"), "--iterations", "9"]
        );
        Assert.Equal(before, folder.Snapshot());
    }

    [Fact]
    public void A_run_whose_last_checkpoint_is_damaged_does_not_go_on_and_is_left_as_it_is()
    {
        string run = trained.CopyOfRun(folder.Path("run"));
        string last = TrainedRun.CheckpointOf(run, TrainedRun.Iterations);
        File.WriteAllBytes(last, File.ReadAllBytes(last)[..5_000]);
        SortedDictionary<string, string> before = folder.Snapshot();
        Drcnn.Refuse(ExitCode.BadInput, [last], ["train", "--resume", "--out", run, "--iterations", "9"]);
        Assert.Equal(before, folder.Snapshot());
    }

    [Fact]
    public void A_pointer_in_the_place_of_weights_is_recognised()
    {
        string pointer = Repository.Shared("data", "bad_input", "weights", "lfs_pointer_resnet18.pth");
        RefuseEverywhere(pointer, "a Git LFS pointer", "git lfs pull");
        string run = folder.Path("run");
        Drcnn.Refuse(
            ExitCode.BadInput,
            [pointer, "a Git LFS pointer", "git lfs pull"],
            trained.TrainArguments(run, "--weights", pointer)
        );
        Assert.False(Path.Exists(run), "a refused run leaves no folder");
    }

    [Theory]
    [InlineData("no-such-file.pth")]
    [InlineData("empty.pth")]
    [InlineData("text.safetensors")]
    public void Weights_that_cannot_be_read_are_named_and_no_run_begins(string name)
    {
        folder.Write("empty.pth", "");
        folder.Write("text.safetensors", "these are no weights at all, only words");
        string run = folder.Path("run");
        string weights = folder.Path(name);
        Drcnn.Refuse(ExitCode.BadInput, [weights], trained.TrainArguments(run, "--weights", weights));
        Assert.False(Path.Exists(run), "a refused run leaves no folder");
    }

    private void RefuseEverywhere(string checkpoint, params string[] parts)
    {
        string output = folder.Path("found");
        string image = Path.Combine(trained.Data, "images", "val_0000.jpg");
        string json = folder.Path("figures.json");
        Drcnn.Refuse(
            ExitCode.BadInput,
            [checkpoint, .. parts],
            ["eval", "--checkpoint", checkpoint, "--data", trained.Data, "--json", json]
        );
        Drcnn.Refuse(
            ExitCode.BadInput,
            [checkpoint, .. parts],
            ["predict", "--checkpoint", checkpoint, "--out", output, image]
        );
        Assert.False(Path.Exists(output) || File.Exists(json), "nothing is written");
    }
}
