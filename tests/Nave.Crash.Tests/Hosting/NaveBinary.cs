namespace Nave.Crash.Tests.Hosting;

/// <summary>Finds the program that is tested: the build of <c>Nave.Cli</c> in the configuration of these tests.</summary>
internal static class NaveBinary
{
    private const string Solution = "Nave.slnx";

    /// <summary>Gets the full path of <c>nave.dll</c>.</summary>
    /// <exception cref="FileNotFoundException">It is not built; the message names where it was looked for.</exception>
    public static string Path { get; } = Find();

    private static string Find()
    {
        // Ours is …/tests/Nave.Crash.Tests/bin/<configuration>/<framework>/.
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var framework = own.Name;
        var configuration = own.Parent?.Name ?? "Release";
        var root = own;
        while (root is not null && !File.Exists(System.IO.Path.Combine(root.FullName, Solution)))
        {
            root = root.Parent;
        }

        var path = System.IO.Path.Combine(root?.FullName ?? "/", "src", "Nave.Cli", "bin", configuration, framework, "nave.dll");
        return File.Exists(path) ? path : throw new FileNotFoundException($"The program is not built: there is no {path}.", path);
    }
}
