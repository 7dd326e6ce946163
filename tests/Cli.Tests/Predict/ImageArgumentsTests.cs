using Xunit;

namespace DynamicRcnn.Cli.Tests.Predict;

public sealed class ImageArgumentsTests : InFolder
{
    [Fact]
    public void A_folder_stands_for_its_images_in_name_order_and_not_for_other_files()
    {
        folder.Write("b.JPG", "");
        folder.Write("a.png", "");
        folder.Write("c.jpeg", "");
        folder.Write("notes.txt", "");
        folder.Write("deeper/d.png", "");
        Assert.Equal(
            [folder.Path("a.png"), folder.Path("b.JPG"), folder.Path("c.jpeg")],
            ImageArguments.Expand([folder.Root])
        );
    }

    [Fact]
    public void A_pattern_may_stand_in_any_part_of_a_path()
    {
        folder.Write("one/frame_01.png", "");
        folder.Write("two/frame_02.png", "");
        folder.Write("two/frame_10.png", "");
        Assert.Equal(
            [folder.Path("one", "frame_01.png"), folder.Path("two", "frame_02.png")],
            ImageArguments.Expand([folder.Path("*", "frame_0?.png")])
        );
    }

    [Fact]
    public void A_file_whose_name_looks_like_a_pattern_is_that_file()
    {
        string odd = folder.Write("what?.png", "");
        folder.Write("whats.png", "");
        Assert.Equal([odd], ImageArguments.Expand([odd]));
    }

    [Fact]
    public void An_image_that_is_named_twice_is_looked_at_once()
    {
        string image = folder.Write("a.png", "");
        Assert.Equal([image], ImageArguments.Expand([image, folder.Root, folder.Path("*.png")]));
    }

    [Fact]
    public void An_argument_without_an_image_is_named_with_the_reason()
    {
        string missing = folder.Path("missing.jpg");
        string pattern = folder.Path("*.bmp");
        Assert.Equal($"{missing}: no such file or folder", Refusal(missing));
        Assert.Equal($"{pattern}: the pattern matches no file", Refusal(pattern));
        Assert.Equal(
            $"{folder.Root}: the folder holds no image (expected .jpg, .jpeg, .png, .bmp, .webp, .tif, .tiff, .tga, .ppm, .pgm, .pbm)",
            Refusal(folder.Root)
        );
    }

    private static string Refusal(string argument) =>
        Assert.Throws<FileNotFoundException>(() => ImageArguments.Expand([argument])).Message;
}
