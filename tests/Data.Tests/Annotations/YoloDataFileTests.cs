using Xunit;

namespace DynamicRcnn.Data.Tests.Annotations;

public sealed class YoloDataFileTests : IDisposable
{
    private readonly SmallData data = new();

    public void Dispose() => data.Dispose();

    [Theory]
    [InlineData("names: [ant, 'red bee', \"c, d\"]")]
    [InlineData("names: [ant,\n  'red bee', # a comment\n  \"c, d\",\n]")]
    [InlineData("names:\n- ant\n- red bee\n- c, d\n")]
    [InlineData("# a comment\nnames:   # more\n  - ant\n  - 'red bee'\n\n  - \"c, d\"\nnc: 3\n")]
    [InlineData("---\nnames:\n  0: ant\n  1: red bee\n  2: c, d\n")]
    [InlineData("names:\n  2: c, d\n  0: ant\n  1: red bee\n")]
    [InlineData("names: {0: ant, 1: 'red bee', 2: \"c, d\"}\n")]
    [InlineData("roboflow:\n  license: CC BY 4.0\n  names:\n    deep: 1\nnames: ['ant', 'red bee', 'c, d']\n")]
    public void Names_are_read_in_each_form(string text) => Assert.Equal(["ant", "red bee", "c, d"], Names(text));

    [Theory]
    [InlineData("names: [driver's seat, dog#2]", "driver's seat", "dog#2")]
    [InlineData("names:\n  - 'it''s'\n  - a 5:1 mix\n", "it's", "a 5:1 mix")]
    [InlineData("names:\r\n  - ant\r\n  - bee\r\n", "ant", "bee")]
    public void Quotes_and_signs_inside_names_stay(string text, string first, string second) =>
        Assert.Equal([first, second], Names(text));

    private IEnumerable<string> Names(string text)
    {
        data.Image("images/a.png");
        data.Text("labels/a.txt", "0 0.5 0.5 0.2 0.4\n");
        data.Text("data.yaml", text);
        return data.Open().Classes.Select(name => name.Name);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("images/../..")]
    [InlineData("/")]
    public void A_split_above_the_file_is_refused(string path)
    {
        string file = data.Text("set/data.yaml", $"names: [ant]\ntrain: {path}\n");
        DataException error = Assert.Throws<DataException>(() => DatasetReader.Open(file, "train"));
        Assert.StartsWith($"{file}: train leads to /", error.Message, StringComparison.Ordinal);
        Assert.Contains("which the file itself lies in", error.Message, StringComparison.Ordinal);
    }
}
