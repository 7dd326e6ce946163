using System.Text.Json;
using DynamicRcnn.Data.Demo;
using Xunit;

namespace DynamicRcnn.Data.Tests.Demo;

public sealed class DemoFolderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-demo-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_annotation_files_name_every_image_its_size_and_every_box()
    {
        DemoFolder.Write(folder, new DemoFolderOptions(5, TrainImages: 3, ValidationImages: 2), CancellationToken.None);
        using JsonDocument document = JsonDocument.Parse(
            File.ReadAllBytes(Path.Combine(folder, "annotations", "instances_val.json"))
        );
        JsonElement[] images = [.. document.RootElement.GetProperty("images").EnumerateArray()];
        JsonElement[] boxes = [.. document.RootElement.GetProperty("annotations").EnumerateArray()];
        Assert.Equal(2, images.Length);
        Assert.Equal(5, document.RootElement.GetProperty("categories").GetArrayLength());
        for (int i = 0; i < images.Length; i++)
        {
            DemoImage drawn = DemoImages.Draw(5, DemoSplit.Validation, i);
            string path = Path.Combine(folder, "images", images[i].GetProperty("file_name").GetString()!);
            Assert.Equal(new ImageSize(drawn.Image.Width, drawn.Image.Height), ImageCodec.ReadFileSize(path));
            JsonElement[] own =
            [
                .. boxes.Where(box => box.GetProperty("image_id").GetInt32() == images[i].GetProperty("id").GetInt32()),
            ];
            Assert.Equal(drawn.Boxes.Count, own.Length);
            for (int b = 0; b < own.Length; b++)
            {
                double[] numbers = [.. own[b].GetProperty("bbox").EnumerateArray().Select(value => value.GetDouble())];
                Assert.Equal((int)drawn.Boxes[b].Kind + 1, own[b].GetProperty("category_id").GetInt32());
                Assert.Equal(drawn.Boxes[b].X1, numbers[0], 0.001);
                Assert.Equal(drawn.Boxes[b].Y2, numbers[1] + numbers[3], 0.002); // two numbers of three decimals
            }
        }
    }

    [Fact]
    public void Writing_again_gives_the_same_bytes()
    {
        var options = new DemoFolderOptions(5, TrainImages: 2, ValidationImages: 1);
        DemoFolder.Write(folder, options, CancellationToken.None);
        Dictionary<string, string> first = Content();
        DemoFolder.Write(folder, options, CancellationToken.None);
        Assert.Equal(5, first.Count);
        Assert.Equal(first, Content());
    }

    private Dictionary<string, string> Content() =>
        Directory
            .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .ToDictionary(path => path, path => Convert.ToHexString(File.ReadAllBytes(path)));
}
