namespace Nave.Cli.Commands;

/// <summary>Files that only their owner may read.</summary>
internal static class PrivateFile
{
    /// <summary>Opens one to write it.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="mode">Whether it must be new.</param>
    public static FileStream Create(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, BufferSize = 256 * 1024, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }
}
