using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>Outputs whose names say something else than what would be written.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class OutputNameTests(TrainedRun trained) : InFolder
{
    [Theory]
    [InlineData("report", "--out")]
    [InlineData("replay", "--report")]
    public void A_page_is_not_written_into_a_file_of_another_kind(string command, string option)
    {
        string picture = folder.Path("photo.jpg");
        File.WriteAllText(picture, "a photo");
        Drcnn.Refuse(2, [$"{command}: {option}", picture, ".html"], command, trained.Run, option, picture);
        Assert.Equal("a photo", File.ReadAllText(picture));
    }

    [Fact]
    public void Predict_does_not_take_a_file_for_its_folder()
    {
        string file = folder.Path("found");
        File.WriteAllText(file, "mine");
        string picture = Directory.GetFiles(trained.Data, "*.jpg", SearchOption.AllDirectories)[0];
        string[] arguments = ["predict", "--checkpoint", trained.Checkpoint, "--out", file, picture];
        Drcnn.Refuse(2, ["--out", file, "is a file", "folder"], arguments);
        Assert.Equal("mine", File.ReadAllText(file));
    }

    [Fact]
    public void Data_with_a_test_split_alone_are_inspected_and_evaluated_on_it()
    {
        string data = folder.Path("data");
        foreach (string file in Directory.EnumerateFiles(trained.Data, "*", SearchOption.AllDirectories))
        {
            string name = Path.GetRelativePath(trained.Data, file);
            if (name.Contains("train", StringComparison.Ordinal))
            {
                continue;
            }
            string place = Path.Combine(
                data,
                name.Replace("instances_val", "instances_test", StringComparison.Ordinal)
            );
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.Copy(file, place);
        }
        string output = Drcnn.Succeed("eval", "--checkpoint", trained.Checkpoint, "--data", data);
        Assert.Contains("split test", output, StringComparison.Ordinal);
        string inspected = Drcnn.Succeed("inspect", "--data", data);
        Assert.Contains("nothing to train on: a test split alone", inspected, StringComparison.Ordinal);
    }
}
