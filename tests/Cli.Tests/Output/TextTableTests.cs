using Xunit;

namespace DynamicRcnn.Cli.Tests.Output;

public sealed class TextTableTests
{
    [Fact]
    public void The_first_column_is_aligned_left_and_the_others_right()
    {
        var output = new StringWriter();
        new TextTable().Add("class", "AP", "AP50").Add("ring", "0.5", "0.75").Add("all").Write(output);
        Assert.Equal("  class   AP  AP50\n  ring   0.5  0.75\n  all\n", output.ToString());
    }
}
