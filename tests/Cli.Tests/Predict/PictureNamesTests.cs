using Xunit;

namespace DynamicRcnn.Cli.Tests.Predict;

public sealed class PictureNamesTests : InFolder
{
    [Fact]
    public void Images_of_one_name_in_two_folders_get_two_pictures()
    {
        string[] images = [folder.Write("a/1.jpg", ""), folder.Write("b/1.png", ""), folder.Write("b/2.png", "")];
        string output = folder.Path("out");
        Assert.Equal(
            [folder.Path("out", "1.jpg"), folder.Path("out", "1-2.jpg"), folder.Path("out", "2.jpg")],
            PictureNames.Choose(images, output)
        );
    }

    [Fact]
    public void A_picture_that_would_replace_an_input_is_refused()
    {
        string image = folder.Write("photos/1.jpg", "");
        UsageException refusal = Assert.Throws<UsageException>(() =>
            PictureNames.Choose([image], folder.Path("photos"))
        );
        Assert.Contains("would replace an input image", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_to_the_folder_of_the_images_does_not_hide_that_a_picture_would_replace_one()
    {
        string image = folder.Write("photos/1.jpg", "");
        Directory.CreateSymbolicLink(folder.Path("link"), folder.Path("photos"));
        Assert.Throws<UsageException>(() => PictureNames.Choose([image], folder.Path("link")));
    }
}
