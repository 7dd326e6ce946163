using Xunit;

namespace DynamicRcnn.Data.Tests.Annotations;

public sealed class BadYoloTests : IDisposable
{
    private readonly SmallData data = new();

    public void Dispose() => data.Dispose();

    [Fact]
    public void Missing_class_names_name_the_files_that_would_hold_them()
    {
        WriteSplit("0 0.5 0.5 0.2 0.4\n");
        DataException error = Assert.Throws<DataException>(() => data.Open());
        Assert.Equal(
            $"{data.Root}: the names of the YOLO classes are missing; expected data.yaml, classes.txt or obj.names in it.",
            error.Message
        );
    }

    [Theory]
    [InlineData("", "data.yaml: names is missing or empty")]
    [InlineData("nc: 2\n", "names is missing or empty")]
    [InlineData("names: []\n", "names is missing or empty")]
    [InlineData("nc: 3\nnames: [ant, bee]\n", "nc is '3', but names holds 2")]
    [InlineData("names: [ant, bee\n", "line 1, in names, is '[ant, bee'; expected an end with ']'")]
    [InlineData("names:\n  - ant\n  - ant\n", "line 3, in names, is 'ant'; expected each class name once")]
    [InlineData(
        "names:\n  0: ant\n  2: bee\n",
        "line 3, in names, has the key '2'; expected each number from 0 to 1 once"
    )]
    [InlineData("names:\n  0: ant\n  0: bee\n", "line 3, in names, has the key '0'")]
    [InlineData("names:\n  ant\n", "line 2, in names, is 'ant'; expected '- NAME' or 'INDEX: NAME'")]
    [InlineData("- ant\n", "line 1 is '- ant'; expected a key and a colon")]
    [InlineData("names: [ant]\nnames: [bee]\n", "line 2 is the key 'names' again")]
    [InlineData("names: [ant,\nbee]\n", "line 2 is no YAML: a line within brackets begins with")]
    [InlineData("path: a: b\nnames: [ant]\n", "line 1 is no YAML: While scanning")]
    [InlineData("names: [\"\\ud800\\u0041\"]\n", "line 1 is no YAML: an escape or a tag means nothing.")]
    [InlineData("names: [ant, \"a\\0b\"]\n", "line 1, in names, is '\"a\\0b\"]'; expected '- NAME'")]
    [InlineData("names:\n  - ant: 1\n", "line 2, in names, is 'ant: 1'; expected '- NAME'")]
    [InlineData("x: &a [ant]\nnames: *a\n", "line 2, in names, is '*a'; expected a value, no alias of one")]
    [InlineData("\"a\\nb\": x\n\"a\\nb\": y\n", "line 1 is '\"a\\nb\": x'; expected a key and a colon")]
    [InlineData("x: !<> y\nnames: [ant]\n", "line 1 is no YAML: an escape or a tag means nothing.")]
    [InlineData("train: gone/images\nnames: [ant]\n", null)]
    public void A_bad_data_file_is_named_with_its_line(string text, string? expected)
    {
        WriteSplit("0 0.5 0.5 0.2 0.4\n");
        data.Text("data.yaml", text);
        if (expected is null)
        {
            // The folders beside the file do instead.
            Assert.Single(data.Open().Images);
            return;
        }
        DataException error = Assert.Throws<DataException>(() => data.Open());
        Assert.StartsWith(data.Path("data.yaml"), error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("x: ", '[', 200, "line 1, in x, is '[[[[")]
    [InlineData("#", ' ', 1 << 22, "has 4194305 bytes; expected at most 4194304")]
    public void A_data_file_that_is_too_deep_or_too_long_is_named(string text, char more, int count, string expected)
    {
        data.Text("data.yaml", text + new string(more, count));
        DataException error = Assert.Throws<DataException>(() => data.Open());
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_split_that_is_an_image_and_no_list_of_images_is_named()
    {
        WriteSplit("0 0.5 0.5 0.2 0.4\n");
        string image = data.Path("alone.png");
        data.Image("alone.png");
        data.Text("data.yaml", "train: alone.png\nnames: [ant]\n");
        DataException error = Assert.Throws<DataException>(() => data.Open());
        Assert.Equal($"{image}: the file cannot be read: it is no text in UTF-8; save it as that.", error.Message);
    }

    [Fact]
    public void A_split_that_a_data_file_sends_nowhere_is_named()
    {
        string file = data.Text("data.yaml", "train: gone/images\nnames: [ant]\n");
        DataException error = Assert.Throws<DataException>(() => data.Open());
        Assert.Equal(
            $"{file}: train is '{data.Path("gone/images")}'; expected a folder of images or a list of them.",
            error.Message
        );
    }

    [Fact]
    public void A_data_file_without_any_split_says_what_would_be_one()
    {
        data.Text("data.yaml", "names: [ant]\n");
        DataException error = Assert.Throws<DataException>(() => data.Open());
        Assert.Contains(
            "expected 'train: FOLDER', or images/train and labels/train",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("ant\n\nbee\n", "line 2 is empty")]
    [InlineData("ant\nbee\nant\n", "line 3 is 'ant', as line 1")]
    public void A_bad_file_of_classes_is_named_with_its_line(string text, string expected)
    {
        WriteSplit("0 0.5 0.5 0.2 0.4\n");
        data.Text("classes.txt", text);
        DataException error = Assert.Throws<DataException>(() => data.Open());
        Assert.StartsWith($"{data.Path("classes.txt")}: {expected}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_without_any_label_file_are_an_error()
    {
        data.Image("images/train/a.png");
        data.Text("labels/classes.txt", "ant\n");
        DataException error = Assert.Throws<DataException>(() => data.Open());
        Assert.Contains(
            $"no image of split train has a label file; expected such as {data.Path("labels/train/a.txt")}",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Labels_that_are_all_bad_are_an_error_with_the_first_of_them()
    {
        WriteSplit("0 10 10 90 40 60 40\n0 10 10 90 40 60 40\n");
        data.Text("classes.txt", "ant\n");
        DataException error = Assert.Throws<DataException>(() => data.Open());
        Assert.Contains("split train has no box that can be used", error.Message, StringComparison.Ordinal);
        Assert.Contains(
            $"the first of 2 findings is {data.Path("labels/train/a.txt")}: line 1: the line has 7 columns",
            error.Message,
            StringComparison.Ordinal
        );
    }

    private void WriteSplit(string text)
    {
        data.Image("images/train/a.png");
        data.Text("labels/train/a.txt", text);
    }
}
