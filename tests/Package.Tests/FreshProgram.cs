using System.Diagnostics;
using System.Text.RegularExpressions;

namespace DynamicRcnn.Package.Tests;

/// <summary>A console program in a folder of its own that knows this project through its NuGet packages alone.</summary>
internal sealed class FreshProgram : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-package-").FullName;

    /// <param name="code">The text of Program.cs.</param>
    /// <param name="packages">Names of the packages to reference, ours at the version that the packages folder holds.</param>
    public FreshProgram(string code, params string[] packages)
    {
        string references = string.Concat(
            packages.Select(name => $"<PackageReference Include=\"{name}\" Version=\"{VersionOf(name)}\" />")
        );
        // Packages of others need not be fetched again. Ours are never there: see Execute.
        string settings = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } moved
            ? moved
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        // The feeds of the machine's settings stay in force beside the folder of packages.
        string? feed = Environment.GetEnvironmentVariable("NUGET_FEED");
        string named = string.IsNullOrEmpty(feed) ? "" : $"<add key=\"named\" value=\"{feed}\" />";
        Write(
            "NuGet.config",
            $"<configuration><packageSources><add key=\"built\" value=\"{PackageFolder}\" />{named}</packageSources></configuration>"
        );
        Write("Directory.Build.props", "<Project />");
        Write("Directory.Build.targets", "<Project />");
        Write(
            "Fresh.csproj",
            "<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><OutputType>Exe</OutputType>"
                + "<TargetFramework>net10.0</TargetFramework><Nullable>enable</Nullable><ImplicitUsings>enable</ImplicitUsings>"
                + $"<RestoreFallbackFolders>{settings}</RestoreFallbackFolders>"
                + $"</PropertyGroup><ItemGroup>{references}</ItemGroup></Project>"
        );
        Write("Program.cs", code);
    }

    /// <summary>What a program with tensors references beside ours.</summary>
    public const string Libtorch = "libtorch-cpu-linux-x64";

    public static string Root { get; } = FindRoot();

    public static string PackageFolder { get; } = Path.Combine(Root, "artifacts", "packages");

    /// <summary>Builds the program and runs it; throws with everything it printed when either fails.</summary>
    public string Run(params string[] arguments)
    {
        Execute(["build", "-c", "Release", "-v", "quiet", "-nologo"]);
        return Execute([Path.Combine(folder, "bin", "Release", "net10.0", "Fresh.dll"), .. arguments]);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static string VersionOf(string package) =>
        package == Libtorch
            ? "2.10.0"
            : Directory
                .EnumerateFiles(PackageFolder, package + ".*.nupkg")
                .Select(file => Regex.Match(Path.GetFileName(file), @"\.(\d+\.\d+\.\d+)\.nupkg$").Groups[1].Value)
                .Single();

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "DynamicRcnn.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }
        return folder ?? throw new DirectoryNotFoundException("DynamicRcnn.sln is in no folder above the tests.");
    }

    private string Execute(string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The launcher's settings are not a stranger's.
        start.Environment.Remove("OMP_WAIT_POLICY");
        start.Environment.Remove("LD_PRELOAD");
        // A cache of its own: packages of the same version from an earlier build must not be used.
        start.Environment["NUGET_PACKAGES"] = Path.Combine(folder, "packages");
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException(
                $"dotnet {string.Join(' ', arguments)} ended with exit code {process.ExitCode}.\n{output}\n{errors.Result}"
            );
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);
}
