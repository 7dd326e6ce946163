using System.Reflection;
using System.Text;

namespace DynamicRcnn.Report;

/// <summary>The page's files, which this assembly holds.</summary>
internal static class PageParts
{
    /// <summary>They share one scope; each may use those before it when it is loaded, and all when it runs.</summary>
    private static readonly string[] scripts =
    [
        "format.js",
        "elements.js",
        "store.js",
        "theme.js",
        "traces.js",
        "chart.js",
        "summary.js",
        "schedule.js",
        "losses.js",
        "precision.js",
        "moment.js",
        "curves.js",
        "errors.js",
        "matching.js",
        "panel.js",
        "machine.js",
        "configuration.js",
        "live.js",
        "main.js",
    ];

    /// <summary>The frame with its places to fill.</summary>
    internal static string Frame => Read("index.html");

    /// <summary>All that is executed, in strict mode and in a scope of its own.</summary>
    internal static string Script =>
        $"{Read("uplot.js").Trim()}\n(() => {{\n\"use strict\";\n{string.Concat(scripts.Select(Read))}}})();\n";

    /// <summary>All styles.</summary>
    internal static string Style => Read("uplot.css") + Read("page.css");

    /// <summary>The licence of the plotting library, which must come with it.</summary>
    internal static string PlotLicence => Read("uplot-license.txt").Trim();

    private static string Read(string name)
    {
        using Stream stream =
            Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"the page's part {name} is not in the program");
        using StreamReader reader = new(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
