// dotnet fsi build.fsx TARGET      no packages: works on a fresh clone before anything is restored.
open System
open System.Diagnostics
open System.IO
open System.Security.Cryptography
open System.Text
open System.Text.Json
open System.Xml.Linq

let root = __SOURCE_DIRECTORY__
Environment.CurrentDirectory <- root
let artifacts = Path.Combine(root, "artifacts")

let under (parts: string list) =
    Path.Combine(Array.ofList (root :: parts))

/// The longest first: two programs run at a time, and the last to end should be a short one.
let testProjects = [ "Training"; "Model"; "Cli"; "Package"; "Data"; "Report"; "Core" ]

/// A failure that needs no stack trace: one sentence, exit code 1.
exception Stop of string

let stop text = raise (Stop text)

let startInfo (program: string) (arguments: string list) =
    let info =
        ProcessStartInfo(program, arguments, UseShellExecute = false, WorkingDirectory = root)

    info.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] <- "1"
    info.Environment["DOTNET_NOLOGO"] <- "1"
    // The processes that compute inherit this: idle OpenMP threads must not spin on shared cores.
    if isNull (Environment.GetEnvironmentVariable "OMP_WAIT_POLICY") then
        info.Environment["OMP_WAIT_POLICY"] <- "passive"

    info

let exitCode program arguments =
    use p = Process.Start(startInfo program arguments)
    p.WaitForExit()
    p.ExitCode

let run program arguments =
    let code = exitCode program arguments

    if code <> 0 then
        stop $"""'{program} {String.Join(' ', (arguments: string list))}' ended with exit code {code}."""

let capture program arguments =
    let info = startInfo program arguments
    info.RedirectStandardOutput <- true
    info.RedirectStandardError <- true
    use p = Process.Start info
    let errors = p.StandardError.ReadToEndAsync()
    let output = p.StandardOutput.ReadToEnd()
    p.WaitForExit()
    p.ExitCode, output, errors.Result

/// The arguments of a command line without spaces in any of them.
let words (line: string) = line.Split ' ' |> List.ofArray

let dotnet line = run "dotnet" (words line)

let private stampOf name =
    Path.Combine(artifacts, name + ".stamp")

/// Lets an action run again, whatever its inputs: what it made is not there.
let private forget name =
    if File.Exists(stampOf name) then
        File.Delete(stampOf name)

/// Runs an action unless its inputs are the same as when it last succeeded.
let whenChanged (name: string) (files: string seq) (action: unit -> unit) =
    let text = StringBuilder()

    for file in Seq.sort files do
        text
            .Append(Path.GetRelativePath(root, file))
            .Append(' ')
            .Append(Convert.ToHexString(SHA256.HashData(File.ReadAllBytes file)))
            .AppendLine()
        |> ignore

    let stamp = stampOf name

    if not (File.Exists stamp && File.ReadAllText stamp = text.ToString()) then
        action ()
        Directory.CreateDirectory artifacts |> ignore
        File.WriteAllText(stamp, text.ToString())

// --- system packages --------------------------------------------------------------------------------------------

/// The allocator serves the launcher: tensors of varying size cost two to nine times less page faulting with it.
let buildPackages = words "cmake g++ make libtcmalloc-minimal4 libjpeg-dev"

/// The tests compare the operators with torchvision's, the resizing with Pillow's.
let testPackages = [ "python3-torchvision"; "python3-pil" ]

/// The report is tested in it where it is; without it these tests are skipped.
let browserPackages = [ "chromium" ]

/// Several processes on CPUs go by it; without it the build leaves them out, and a run has one process.
let processPackages = [ "libgloo-dev" ]

/// Videos are read and written through it; without it the tests of videos are skipped.
let videoPackages = [ "ffmpeg" ]

/// Two machines of the tests are network namespaces that it makes; without it, or without being root, these tests are skipped.
let networkPackages = [ "iproute2" ]

let onPath (program: string) =
    (Environment.GetEnvironmentVariable "PATH").Split ':'
    |> Array.exists (fun folder -> File.Exists(Path.Combine(folder, program)))

let installed package =
    try
        let code, output, _ = capture "dpkg-query" [ "-W"; "-f=${Status}"; package ]
        code = 0 && output.StartsWith "install ok installed"
    with _ ->
        false

/// What a command that installs begins with: nothing as root, sudo where it asks no questions; None where neither goes.
let installPrefix () : string list option =
    let sudoes () =
        try
            exitCode "sudo" [ "-n"; "true" ] = 0
        with _ ->
            false

    if not (File.Exists "/usr/bin/apt-get") then None
    elif Environment.UserName = "root" then Some []
    elif sudoes () then Some [ "sudo" ]
    else None

let private aptInstall (prefix: string list) (names: string list) =
    printfn $"""Installing {String.Join(' ', names)}"""

    let apt arguments =
        match
            prefix
            @ [ "env"; "DEBIAN_FRONTEND=noninteractive"; "apt-get"; "-q" ]
            @ arguments
        with
        | program :: rest -> run program rest
        | [] -> ()

    apt [ "update" ]
    apt ([ "install"; "-y"; "--no-install-recommends" ] @ names)

/// Installs what is missing as root or through sudo; otherwise says which command does it.
let install (wanted: string list) =
    let missing = wanted |> List.filter (installed >> not)

    if not missing.IsEmpty then
        let names = String.Join(' ', missing)
        let command = $"sudo apt-get update && sudo apt-get install -y {names}"

        match installPrefix () with
        | Some prefix -> aptInstall prefix missing
        | None when File.Exists "/usr/bin/apt-get" ->
            stop $"These packages are missing: {names}. Install them with: {command}"
        | None -> stop $"These packages are missing: {names}. On Debian 12 this installs them: {command}"

/// Installs what the tests can do without, where that is allowed.
let installOptional (wanted: string list) =
    match wanted |> List.filter (installed >> not), installPrefix () with
    | [], _
    | _, None -> ()
    | missing, Some prefix ->
        try
            aptInstall prefix missing
        with Stop text ->
            printfn $"{text} The tests go on without."

// --- NuGet ------------------------------------------------------------------------------------------------------

/// The feed is the one that the machine's NuGet settings name; NUGET_FEED overrides it. It never gets into a file.
let feed =
    lazy
        (match Environment.GetEnvironmentVariable "NUGET_FEED" with
         | null
         | "" ->
             let _, output, _ =
                 capture "dotnet" [ "nuget"; "list"; "source"; "--format"; "Short" ]

             output.Split '\n'
             |> Array.tryPick (fun line ->
                 if line.StartsWith "E " && line.Contains "://" then
                     Some(line.Substring(2).Trim())
                 else
                     None)
             |> function
                 | Some url ->
                     Environment.SetEnvironmentVariable("NUGET_FEED", url)
                     url
                 | None -> stop "No NuGet source is enabled; set NUGET_FEED to a v3 index address."
         | url -> url)

let projectFiles () =
    Seq.concat [
        Directory.EnumerateFiles(under [ "core-fs" ], "*.fsproj", SearchOption.AllDirectories)
        Directory.EnumerateFiles(under [ "host-cs" ], "*.csproj", SearchOption.AllDirectories)
        Directory.EnumerateFiles(under [ "tests" ], "*.*proj", SearchOption.AllDirectories)
        Directory.EnumerateFiles(under [ "core-fs" ], "paket.references", SearchOption.AllDirectories)
        Directory.EnumerateFiles(under [ "host-cs" ], "paket.references", SearchOption.AllDirectories)
        Directory.EnumerateFiles(under [ "tests" ], "paket.references", SearchOption.AllDirectories)
        [
            under [ "paket.lock" ]
            under [ "dotnet-tools.json" ]
            under [ "Directory.Build.props" ]
            under [ "Directory.Build.targets" ]
        ]
    ]
    |> Seq.filter (fun file -> not (file.Contains "/obj/" || file.Contains "/bin/"))

/// Whether a project's restored packages are there and were restored in this folder: it may have been copied or moved.
let private restoredHere () =
    let file = under [ "host-cs"; "DynamicRcnn.Cli"; "obj"; "project.assets.json" ]

    File.Exists file
    && File.Exists(under [ ".paket"; "Paket.Restore.targets" ])
    && (use assets = JsonDocument.Parse(File.ReadAllText file)
        let restored = assets.RootElement.GetProperty("project").GetProperty "restore"

        restored.GetProperty("projectPath").GetString().StartsWith(root + "/")
        && Directory.Exists(Path.Combine(restored.GetProperty("packagesPath").GetString(), "libtorch-cpu-linux-x64")))

let restore () =
    feed.Force() |> ignore

    if not (restoredHere ()) then
        forget "restore"

    whenChanged "restore" (projectFiles ()) (fun () ->
        dotnet "tool restore"
        dotnet "paket restore"
        dotnet "restore DynamicRcnn.sln -v quiet")

let pageFolder = Path.Combine(artifacts, "page")

/// The report's plotting library from the npm registry, in the version and with the checksum that package-lock.json has. No script of a
/// package is run.
let page () =
    let source = under [ "host-cs"; "DynamicRcnn.Report"; "page" ]

    let files =
        [ "package.json"; "package-lock.json"; ".npmrc" ]
        |> List.map (fun name -> Path.Combine(source, name))

    if not (Directory.Exists(Path.Combine(pageFolder, "node_modules"))) then
        forget "page"

    whenChanged "page" files (fun () ->
        if not (onPath "npm") then
            install [ "npm" ]

        Directory.CreateDirectory pageFolder |> ignore

        for file in files do
            File.Copy(file, Path.Combine(pageFolder, Path.GetFileName file), overwrite = true)

        run "npm" [ "ci"; "--ignore-scripts"; "--prefix"; pageFolder ])

/// Resolves the packages anew; the lock file keeps the variable's name in place of the feed's address.
let lock () =
    let url = feed.Force()
    dotnet "tool restore"
    dotnet "paket install"
    File.WriteAllText("paket.lock", File.ReadAllText("paket.lock").Replace(url, "%NUGET_FEED%"))

// --- building ---------------------------------------------------------------------------------------------------

let private nativeFolder = under [ "artifacts"; "native" ]
let private nativeBuild = under [ "artifacts"; "native-build" ]

/// What the native libraries are made of.
let private nativeSources () =
    [ "*.cpp"; "*.cu"; "*.h"; "*.cmake"; "CMakeLists.txt" ]
    |> Seq.collect (fun pattern -> Directory.EnumerateFiles(under [ "kernels" ], pattern, SearchOption.AllDirectories))

/// CMake refuses the cache of another folder: that of a tree that was copied or moved is thrown away.
let private configure () =
    install buildPackages
    let cache = Path.Combine(nativeBuild, "CMakeCache.txt")

    if
        File.Exists cache
        && not (
            File.ReadLines cache
            |> Seq.contains ("CMAKE_HOME_DIRECTORY:INTERNAL=" + under [ "kernels" ])
        )
    then
        Directory.Delete(nativeBuild, true)

    run "cmake" (words "-S kernels -B artifacts/native-build -DCMAKE_BUILD_TYPE=Release -Wno-dev")

let private make target =
    configure ()

    run "cmake" (words $"--build artifacts/native-build --parallel {Environment.ProcessorCount} --target {target}")

/// Where CMake looks for it (kernels/cuda.cmake).
let private hasNvcc () =
    onPath "nvcc"
    || [ "CUDA_HOME"; "CUDA_PATH" ]
       |> List.map Environment.GetEnvironmentVariable
       |> List.append [ "/usr/local/cuda" ]
       |> List.exists (fun folder -> folder <> null && File.Exists(Path.Combine(folder, "bin", "nvcc")))

/// Libraries that are built are taken as they are, in a tree that was copied or moved, too.
let native () =
    let cuda = if hasNvcc () then [ "libdrcnn_kernels_cuda.so" ] else []

    let gloo =
        if File.Exists "/usr/include/gloo/context.h" then
            [ "libdrcnn_processes.so" ]
        else
            []

    for library in [ "libdrcnn_kernels.so"; "libdrcnn_image.so" ] @ cuda @ gloo do
        if not (File.Exists(Path.Combine(nativeFolder, library))) then
            forget "native"

    whenChanged "native" (nativeSources ()) (fun () ->
        make "all"
        run "cmake" (words "--install artifacts/native-build --prefix artifacts/native"))

/// The program that runs the kernels of the CPU and the blocks of the CUDA kernels under the sanitizers, and the library with these blocks
/// for the CPU: tests of Model.Tests start the one and load the other. And a stand-in for NCCL, which Training.Tests load.
let kernelTests () =
    make "drcnn_kernel_tests drcnn_kernels_shim drcnn_nccl_stand_in"

/// One C# compiler serves all projects, also where the machine's settings ask for one each: what a fresh one compiles of itself and
/// of the analysers is some five seconds of a processor. It ends with the build.
let build () =
    try
        dotnet "build DynamicRcnn.sln -c Release --no-restore -v quiet -nologo -p:UseSharedCompilation=true"
    finally
        capture "dotnet" (words "build-server shutdown --vbcscompiler") |> ignore

let format () =
    restore ()
    dotnet "fantomas core-fs tests build.fsx"
    dotnet "csharpier format host-cs tests"

/// What the compiler does not check: formatting, and that no file holds the feed's address.
let check () =
    dotnet "fantomas --check core-fs tests build.fsx"
    dotnet "csharpier check host-cs tests"
    let code, files, _ = capture "git" [ "grep"; "-lF"; Uri(feed.Force()).Host ]

    if code = 0 then
        stop $"These files hold the package feed's address: {files.Trim()}"

// --- tests ------------------------------------------------------------------------------------------------------

type Tally = {
    Discovered: int
    Passed: int
    Failed: int
    Skipped: (string * string) list
}

/// What a test program is told, and the words of its report.
type TestRunner = {
    /// Names its tests, a line each. Expecto's report needs no such list beside it: it is written when the last test has ended.
    Listing: string option
    /// Runs them; the report's file follows.
    Running: string
    Element: string
    Pass: string
    Fail: string
    Skip: string
}

let private xunit = {
    Listing = Some "-list tests -preEnumerateTheories -noLogo -noColor"
    Running = "-noLogo -noColor -xml"
    Element = "test"
    Pass = "Pass"
    Fail = "Fail"
    Skip = "Skip"
}

let private expecto = {
    Listing = None
    Running = "--fail-on-focused-tests --no-spinner --colours 0 --nunit-summary"
    Element = "test-case"
    Pass = "Success"
    Fail = "Failure"
    Skip = "Ignored"
}

let testProgram name =
    $"tests/{name}.Tests/bin/Release/net10.0/{name}.Tests.dll"

/// Runs a test program and prints what it said when it has ended, whole: another may run beside it.
let testNamed name =
    let program = testProgram name
    let runner = if name = "Core" then expecto else xunit
    let results = Path.Combine(artifacts, "tests")
    let report = Path.Combine(results, $"{name}.xml")
    Directory.CreateDirectory results |> ignore
    File.Delete report

    let discovered =
        runner.Listing
        |> Option.map (fun listing ->
            let code, listed, errors = capture "dotnet" (program :: words listing)

            if code <> 0 then
                stop $"{name}.Tests: the tests could not be listed.\n{listed}{errors}"

            listed.Split '\n'
            |> Array.filter (fun line -> line.Trim() <> "")
            |> Array.length)

    let clock = Stopwatch.StartNew()

    let _, output, errors =
        capture "dotnet" (program :: words runner.Running @ [ report ])

    Console.WriteLine $"--- {name}.Tests, {clock.Elapsed.TotalSeconds:F0} s\n{output}{errors}"

    if not (File.Exists report) then
        stop $"{name}.Tests ended without a report."

    let tests =
        XDocument.Load(report).Descendants(XName.Get runner.Element) |> List.ofSeq

    let value (element: XElement) attribute =
        element.Attribute(XName.Get attribute).Value

    let withResult result =
        tests |> List.filter (fun test -> value test "result" = result)

    {
        Discovered = defaultArg discovered tests.Length
        Passed = (withResult runner.Pass).Length
        Failed = (withResult runner.Fail).Length
        Skipped =
            withResult runner.Skip
            |> List.map (fun test ->
                value test "name",
                match test.Element(XName.Get "reason") with
                | null -> "no reason given"
                | reason -> reason.Value.Trim())
    }

/// What is tested depends on it, and partly what is built.
let installForTests () =
    install testPackages
    installOptional processPackages

    if not (onPath "chromium") then
        installOptional browserPackages

    if not (onPath "ip") then
        installOptional networkPackages

    if not (onPath "ffmpeg") then
        installOptional videoPackages

let test () =
    check ()

    // Most of them use one core, or wait; their threads that wait do so asleep.
    let tallies =
        Async.Parallel([ for name in testProjects -> async { return name, testNamed name } ], 2)
        |> Async.RunSynchronously
        |> List.ofArray

    printfn ""

    for name, tally in tallies do
        for test, reason in tally.Skipped do
            printfn $"skipped: {name}: {test}: {reason}"

    let total count = tallies |> List.sumBy (snd >> count)
    let passed, failed = total _.Passed, total _.Failed
    let skipped = total _.Skipped.Length
    printfn $"{passed} passed, {failed} failed, {skipped} skipped"

    for name, tally in tallies do
        let ran = tally.Passed + tally.Failed + tally.Skipped.Length

        if ran < tally.Discovered then
            stop $"{name}.Tests: {tally.Discovered} tests were discovered and only {ran} ran."

        if tally.Discovered = 0 then
            stop $"{name}.Tests: no test was discovered."

    if failed > 0 then
        stop $"{failed} tests failed."

// --- running and publishing -------------------------------------------------------------------------------------

/// Arguments after the target's name go to the program.
let rest =
    fsi.CommandLineArgs
    |> Array.skip 1
    |> List.ofArray
    |> List.skip (min 1 (fsi.CommandLineArgs.Length - 1))

let demo () = run "./drcnn" ("demo" :: rest)

/// The paper's comparison on blood cells; arguments such as --arms and --seeds choose a part, which is gone on from later.
let experiment () =
    let data = words "--data ../shared/data/bccd"

    let weights =
        words "--weights ../shared/data/pretrained/resnet50_caffe_imagenet_c1c4.safetensors"

    let out = words "--out runs/bccd"
    run "./drcnn" ([ "experiment"; "docs/experiments/bccd.json" ] @ data @ weights @ out @ rest)

/// Quick to build: the core needs neither the native libraries nor the hosts.
let benchEvaluation () =
    dotnet "build core-fs/DynamicRcnn.Core -c Release --no-restore -v quiet -nologo"

    run
        "dotnet"
        (words
            "fsi --reference:core-fs/DynamicRcnn.Core/bin/Release/net10.0/DynamicRcnn.Core.dll tests/bench/evaluation.fsx")

/// Operators, the evaluation, then whole steps, which take long at the large size. Both programs get what the launcher would give ours alone: sleeping threads (see startInfo) and tcmalloc.
let bench () =
    install testPackages
    run "/usr/bin/python3" ("kernels/bench/operators.py" :: rest)
    printfn ""
    benchEvaluation ()
    let allocator = "/usr/lib/x86_64-linux-gnu/libtcmalloc_minimal.so.4"

    if
        File.Exists allocator
        && isNull (Environment.GetEnvironmentVariable "LD_PRELOAD")
    then
        Environment.SetEnvironmentVariable("LD_PRELOAD", allocator)

    printfn ""
    run "/usr/bin/python3" [ "kernels/bench/steps.py" ]

let benchScaling () =
    install testPackages
    run "/usr/bin/python3" ("kernels/bench/scaling.py" :: rest)

/// Runs test classes with larger counts than the tests have; they print what they counted.
let private runTests project (variables: (string * string) list) (classes: string list) =
    for name, value in variables do
        Environment.SetEnvironmentVariable(name, value)

    let chosen = classes |> List.collect (fun name -> [ "-class"; name ])
    run "dotnet" (testProgram project :: words "-noLogo -noColor -showLiveOutput" @ chosen)

/// Damaged files for every reader; the tests read fewer of them. The files are small: in memory, where there is such a folder.
let fuzz () =
    let count = rest |> List.tryHead |> Option.defaultValue "60000"

    if Directory.Exists "/dev/shm" then
        Environment.SetEnvironmentVariable("TMPDIR", "/dev/shm")

    for project in [ "Data"; "Training" ] do
        runTests project [ ("DRCNN_FUZZ_MUTATIONS", count) ] [ "*.MutationTests" ]

/// The promises of docs/notes/reliability.md at their full counts.
let endure () =
    runTests "Training" [ "DRCNN_DETERMINISM_STEPS", "500"; "DRCNN_LEAK_STEPS", "10000" ] [
        "*.EnduranceTests"
        "*.ExactResumeTests"
        "*.InjectedNumbersTests"
        "*.ExtremeBatchTests"
    ]

    runTests "Cli" [ "DRCNN_KILLS", "200"; "DRCNN_ENDURE", "1" ] [
        "*.KilledRunTests"
        "*.SignalTests"
        "*.LostDiskTests"
        "*.DamagedCellsTests"
        "*.TrustTests"
    ]

let private processorHas isa =
    let flags = File.ReadLines "/proc/cpuinfo" |> Seq.tryFind _.StartsWith("flags")

    match flags, isa with
    | Some flags, "avx2" -> flags.Contains " avx2" && flags.Contains " fma"
    | Some flags, "avx512" ->
        flags.Contains " avx512bw"
        && flags.Contains " avx512vl"
        && flags.Contains " avx512dq"
    | _ -> false

/// The JPEG codec under AddressSanitizer and UndefinedBehaviorSanitizer, over files damaged as bytes, and the kernels, over drawn shapes.
let sanitize () =
    configure ()
    let program = Path.Combine(artifacts, "fuzz_image")
    Directory.CreateDirectory artifacts |> ignore

    run
        "g++"
        (words
            "-std=c++17 -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -Ikernels/include -Ikernels/image kernels/fuzz/fuzz_image.cpp kernels/image/drcnn_image.cpp kernels/image/jpeg.cpp -ljpeg -o"
         @ [ program ])

    run program [ rest |> List.tryHead |> Option.defaultValue "200000" ]
    kernelTests ()

    for isa in [ "plain"; "avx2"; "avx512"; "avx512_bf16" ] do
        if isa = "plain" || processorHas isa then
            Environment.SetEnvironmentVariable("DRCNN_CPU_ISA", isa)
            run "artifacts/native-build/drcnn_kernel_tests" [ "2000" ]

let packages =
    words
        "core-fs/DynamicRcnn.Core host-cs/DynamicRcnn.Data host-cs/DynamicRcnn.Runs host-cs/DynamicRcnn.Report host-cs/DynamicRcnn.Onnx host-cs/DynamicRcnn.Model host-cs/DynamicRcnn.Weights host-cs/DynamicRcnn.Detection host-cs/DynamicRcnn.Training"

let emptied (parts: string list) =
    let folder = under parts

    if Directory.Exists folder then
        Directory.Delete(folder, true)

    Directory.CreateDirectory folder |> ignore
    folder

/// What several processes need, where Gloo was when it was built.
let processesPackage () =
    if File.Exists(Path.Combine(nativeFolder, "libdrcnn_processes.so")) then
        [ "host-cs/DynamicRcnn.Processes" ]
    else
        []

/// NuGet packages of the core and of the host libraries, their native libraries inside.
let pack () =
    let folder = emptied [ "artifacts"; "packages" ]

    for project in packages @ processesPackage () do
        run "dotnet" (words $"pack {project} -c Release --no-build -v quiet -nologo -o" @ [ folder ])

/// A folder that runs without the SDK, and the same as one packed file. With --without-libtorch DRCNN_LIBTORCH names a libtorch when it runs.
let publish () =
    let libtorch, name =
        match rest with
        | [] -> "cpu", "drcnn"
        | [ "--without-libtorch" ] -> "none", "drcnn-without-libtorch"
        | _ -> stop $"""expected nothing or --without-libtorch, got {String.Join(' ', rest)}"""

    install [ "xz-utils" ]
    let folder = emptied [ "artifacts"; "publish"; name; "drcnn" ]

    let options =
        $"-p:LibTorch={libtorch} -p:PublishReadyToRun=true -p:AppendRuntimeIdentifierToOutputPath=true -p:DebugType=none -p:PublishDocumentationFiles=false -p:PublishReferencesDocumentationFiles=false -v quiet -nologo"

    run
        "dotnet"
        (words $"publish host-cs/DynamicRcnn.Cli -c Release -r linux-x64 --self-contained {options} -o"
         @ [ Path.Combine(folder, "lib") ])

    for file in [ "drcnn"; "LICENSE"; "THIRD-PARTY-NOTICES.md"; "README.md" ] do
        File.Copy(file, Path.Combine(folder, file))

    let archive = under [ "artifacts"; "publish"; $"{name}-linux-x64.tar.xz" ]
    // Its best effort takes six minutes for libtorch and saves a tenth.
    Environment.SetEnvironmentVariable("XZ_OPT", "-3 -T0")
    run "tar" [ "-C"; Path.GetDirectoryName folder; "-cJf"; archive; "drcnn" ]
    let megabytes = float (FileInfo archive).Length / 1e6
    printfn $"{folder}\n{archive} ({megabytes:F1} MB)"

// --- targets ----------------------------------------------------------------------------------------------------

/// name, what runs before, what it does, one line for people
let targets = [
    "restore", [], restore, "restore the packages that paket.lock names"
    "native", [], native, "build the native libraries (cmake)"
    "page", [], page, "restore the report's plotting library that package-lock.json names"
    "build", [ "restore"; "page"; "native" ], build, "build everything"
    "kernel-tests",
    [ "native" ],
    kernelTests,
    "build the tests of the kernels, those for CUDA among them, all on the CPU"
    "test-packages", [], installForTests, "install the system packages that only tests need, and libgloo-dev"
    "test", [ "test-packages"; "build"; "pack"; "kernel-tests" ], test, "build and run all tests"
    "demo", [ "build" ], demo, "train a detector on drawn images and show what it finds"
    "experiment",
    [ "build" ],
    experiment,
    "train the variants that docs/results.md compares, or some of them (--arms, --seeds)"
    "bench", [ "build" ], bench, "time the operators and whole steps against torchvision's"
    "bench-scaling", [ "build" ], benchScaling, "time and memory against image size, objects, classes and threads"
    "bench-evaluation",
    [ "restore" ],
    benchEvaluation,
    "time the evaluation at the size of COCO's val2017 and around it"
    "fuzz", [ "build" ], fuzz, "read 60,000 damaged files of each format (or as many as named)"
    "endure", [ "build" ], endure, "kill, stop, starve and repeat runs as often as docs/notes/reliability.md says"
    "sanitize",
    [],
    sanitize,
    "decode 200,000 damaged JPEGs under sanitizers (or as many as named), and run the kernels on drawn shapes"
    "format", [], format, "format F# and C#"
    "check", [ "restore" ], check, "check the formatting"
    "pack", [ "build" ], pack, "make the NuGet packages"
    "publish",
    [ "build"; "pack" ],
    publish,
    "make a folder that runs without the SDK (--without-libtorch leaves libtorch out), and the NuGet packages"
    "lock", [], lock, "resolve the packages anew"
]

let rec runTarget finished name =
    if List.contains name finished then
        finished
    else
        let _, before, action, _ =
            targets |> List.find (fun (target, _, _, _) -> target = name)

        let finished = before |> List.fold runTarget finished
        action ()
        name :: finished

let wanted = fsi.CommandLineArgs |> Array.tryItem 1

match wanted with
| Some name when targets |> List.exists (fun (target, _, _, _) -> target = name) ->
    try
        runTarget [] name |> ignore
    with Stop text ->
        eprintfn $"build.fsx {name}: {text}"
        exit 1
| _ ->
    wanted |> Option.iter (fun name -> eprintfn $"There is no target '{name}'.")
    printfn "dotnet fsi build.fsx TARGET"

    for name, _, _, purpose in targets do
        printfn $"  {name, -16} {purpose}"

    exit 2
