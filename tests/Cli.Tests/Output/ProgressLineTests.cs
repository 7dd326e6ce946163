using Xunit;

namespace DynamicRcnn.Cli.Tests.Output;

public sealed class ProgressLineTests
{
    [Fact]
    public void Without_a_terminal_each_progress_is_a_plain_line()
    {
        Assert.Equal("1/3\n2/3\ndone\n", Written(columns: null));
    }

    [Fact]
    public void On_a_terminal_progress_is_rewritten_in_place_and_left_before_a_line_that_stays()
    {
        Assert.Equal("\r1/3\u001b[K\r2/3\u001b[K\ndone\n", Written(columns: 80));
    }

    [Fact]
    public void On_a_terminal_progress_never_wraps()
    {
        var output = new StringWriter();
        new ProgressLine(output, columns: 5).Show("123456789");
        Assert.Equal("\r1234\u001b[K", output.ToString());
    }

    private static string Written(int? columns)
    {
        var output = new StringWriter();
        var line = new ProgressLine(output, columns);
        line.Show("1/3");
        line.Show("2/3");
        line.Say("done");
        line.End();
        return output.ToString();
    }
}
