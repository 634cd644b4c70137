using System.Security.Cryptography;
using System.Text;

namespace Nave.Fleet.Sync.Hosting;

/// <summary>Where the serving process answers the commands of its own machine: a socket file that only its user may use.</summary>
internal static class ControlSocket
{
    // sockaddr_un has 108 bytes on Linux and 104 on macOS, with the zero at the end.
    private const int MaxPathBytes = 100;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Gets the socket's path for the folder of a store: in that folder, or, where that is too long, below the folder for temporary files.</summary>
    public static string PathOf(string storeFolder)
    {
        var path = Path.Combine(storeFolder, "serve.sock");
        if (Encoding.UTF8.GetByteCount(path) <= MaxPathBytes)
        {
            return path;
        }

        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(storeFolder)).AsSpan(0, 12));
        return Path.Combine(Path.GetTempPath(), $"nave-sync-{name}", "serve.sock");
    }

    /// <summary>Makes way for a new socket. Whoever holds the store's lock is the only one who may.</summary>
    public static void Prepare(string path)
    {
        var folder = Path.GetDirectoryName(path)!; // The path is absolute.
        if (!Directory.Exists(folder))
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
            }
            else
            {
                Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
            }
        }

        File.Delete(path);
    }

    /// <summary>Lets only the owner use a socket that is bound.</summary>
    public static void Protect(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, OwnerOnly);
        }
    }
}
