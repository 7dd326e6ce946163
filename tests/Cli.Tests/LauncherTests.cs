using System.Runtime.Versioning;
using Xunit;

namespace DynamicRcnn.Cli.Tests;

/// <summary>The launcher at the repository's top, with a stand-in for dotnet that prints what reached it.</summary>
[SupportedOSPlatform("linux")]
public sealed class LauncherTests : IDisposable
{
    private const string Host = "host-cs/DynamicRcnn.Cli/bin/Release/net10.0/drcnn.dll";
    private const string StandIn =
        "#!/bin/sh\necho \"wait=$OMP_WAIT_POLICY\"\necho \"preload=${LD_PRELOAD:-}\"\nfor a in \"$@\"; do echo \"[$a]\"; done\nexit 7\n";
    private readonly TemporaryFolder folder = new();
    private readonly string launcher;
    private readonly Dictionary<string, string?> environment;

    public LauncherTests()
    {
        launcher = folder.Write("house/drcnn", File.ReadAllBytes(Path.Combine(Repository.Root, "drcnn")));
        Executable(launcher);
        Executable(folder.Write("bin/dotnet", StandIn));
        environment = new Dictionary<string, string?>
        {
            ["PATH"] = $"{folder.Path("bin")}:/usr/bin:/bin",
            ["OMP_WAIT_POLICY"] = null,
            ["LD_PRELOAD"] = null,
            ["DRCNN_ALLOCATOR"] = null,
        };
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Arguments_and_exit_code_pass_through_unchanged()
    {
        string host = folder.Write($"house/{Host}", "");
        ProcessRun run = Launch(launcher, "predict", "two words", "*");
        Assert.Equal(7, run.ExitCode);
        Assert.EndsWith($"[{host}]\n[predict]\n[two words]\n[*]\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_to_the_launcher_find_the_program_from_any_folder()
    {
        folder.Write($"house/{Host}", "");
        Directory.CreateDirectory(folder.Path("else"));
        File.CreateSymbolicLink(folder.Path("near"), "house/drcnn");
        File.CreateSymbolicLink(folder.Path("else", "far"), "../near");
        Assert.Equal(7, Launch(folder.Path("else", "far")).ExitCode);
    }

    [Fact]
    public void Waiting_threads_sleep_unless_the_user_has_chosen()
    {
        folder.Write($"house/{Host}", "");
        Assert.Contains("wait=passive\n", Launch(launcher).Output, StringComparison.Ordinal);
        environment["OMP_WAIT_POLICY"] = "active";
        Assert.Contains("wait=active\n", Launch(launcher).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_system_allocator_stays_when_it_is_asked_for()
    {
        folder.Write($"house/{Host}", "");
        environment["DRCNN_ALLOCATOR"] = "system";
        Assert.Contains("preload=\n", Launch(launcher).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_is_not_built_is_one_sentence_with_the_command_that_builds_it()
    {
        ProcessRun run = Launch(launcher);
        Assert.Equal(1, run.ExitCode);
        Assert.Equal("", run.Output);
        Assert.Equal(
            $"drcnn: the program is not built; run: dotnet fsi build.fsx build (in {folder.Path("house")})\n",
            run.Errors
        );
    }

    private static void Executable(string path) =>
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    private ProcessRun Launch(string program, params string[] arguments) =>
        ProcessRun.Of(program, arguments, environment, folder.Root);
}
