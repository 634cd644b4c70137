using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Nave.Hub.Security;

namespace Nave.Hub.Hosting;

/// <summary>
/// The data folder: <c>lock</c> (held while a process works on it), <c>key</c> (32 random bytes, mode 0600), <c>hubs/NAME/</c> one
/// folder a hub. A hub comes and goes by one rename, so a crash leaves it whole or leaves a folder whose name begins with a dot,
/// which the next start removes.
/// </summary>
internal sealed partial class DataFolder : IDisposable
{
    /// <summary>The name of the file with the key that encrypts secrets.</summary>
    public const string KeyFileName = "key";

    private const string Making = ".making-";
    private const string Deleted = ".deleted-";

    private readonly FileStream _lock;

    private DataFolder(string path, FileStream folderLock, KeyProtector protector)
    {
        Path = path;
        _lock = folderLock;
        Protector = protector;
    }

    public string Path { get; }

    /// <summary>Gets what encrypts secrets in this folder.</summary>
    public KeyProtector Protector { get; }

    private string HubsPath => System.IO.Path.Combine(Path, "hubs");

    /// <summary>Opens a data folder, and makes it if there is none.</summary>
    /// <exception cref="IOException">Another process works on it, or it cannot be read or written.</exception>
    /// <exception cref="InvalidDataException">The key is missing, damaged or readable by everybody.</exception>
    public static DataFolder Open(string path, ILogger logger)
    {
        path = System.IO.Path.GetFullPath(path);
        var hubs = System.IO.Path.Combine(path, "hubs");
        if (!Directory.Exists(hubs))
        {
            DurableFile.CreateFolder(hubs);
            DurableFile.SyncFolder(path);
        }

        var folderLock = TakeLock(path);
        try
        {
            RemoveLeftovers(hubs, logger);
            return new DataFolder(path, folderLock, ReadOrMakeKey(path, hubs, logger));
        }
        catch
        {
            folderLock.Dispose();
            throw;
        }
    }

    /// <summary>Gets the folder of a hub.</summary>
    public string FolderOf(string name) => System.IO.Path.Combine(HubsPath, name);

    /// <summary>Lists the names of the hubs, in ordinal order.</summary>
    public IReadOnlyList<string> ListHubs() =>
        [.. Directory.EnumerateDirectories(HubsPath).Select(folder => System.IO.Path.GetFileName(folder)).Where(name => name[0] != '.').Order(StringComparer.Ordinal)];

    /// <summary>Makes the folder of a hub with its settings: durable, and whole or not at all.</summary>
    public void MakeHub(string name, HubSettings settings)
    {
        var making = System.IO.Path.Combine(HubsPath, Making + name);
        if (Directory.Exists(making))
        {
            Directory.Delete(making, recursive: true);
        }

        DurableFile.CreateFolder(making);
        HubSettingsFile.Write(making, settings, Protector);
        DurableFile.RenameFolder(making, FolderOf(name));
    }

    /// <summary>Removes the folder of a hub: gone for good once it is renamed.</summary>
    public void DeleteHub(string name)
    {
        var deleted = System.IO.Path.Combine(HubsPath, Deleted + name + "-" + Convert.ToHexString(RandomNumberGenerator.GetBytes(8)));
        DurableFile.RenameFolder(FolderOf(name), deleted);
        Directory.Delete(deleted, recursive: true);
    }

    public void Dispose()
    {
        Protector.Dispose();
        _lock.Dispose();
    }

    private static FileStream TakeLock(string path)
    {
        var file = System.IO.Path.Combine(path, "lock");
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new IOException($"The data folder {path} is in use by another process (it holds {file}).", e);
        }
    }

    private static void RemoveLeftovers(string hubs, ILogger logger)
    {
        foreach (var folder in Directory.EnumerateDirectories(hubs, ".*"))
        {
            Log.RemovingLeftover(logger, folder);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static KeyProtector ReadOrMakeKey(string path, string hubs, ILogger logger)
    {
        var file = System.IO.Path.Combine(path, KeyFileName);
        if (!File.Exists(file))
        {
            if (Directory.EnumerateDirectories(hubs).Any())
            {
                throw new InvalidDataException(
                    $"The key file {file} is missing, and the hubs in {hubs} cannot be read without it. Restore it from a backup.");
            }

            DurableFile.Write(file, RandomNumberGenerator.GetBytes(KeyProtector.KeyBytes));
            Log.MadeKey(logger, file);
        }

        var readers = DurableFile.ForeignReaders(file);
        if ((readers & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != 0)
        {
            throw new InvalidDataException($"Everybody can read or write the key file {file} ({readers}). Run: chmod 600 {file}");
        }

        if (readers != UnixFileMode.None)
        {
            Log.GroupReadable(logger, file); // Some container platforms mount secrets like this.
        }

        var key = File.ReadAllBytes(file);
        return key.Length == KeyProtector.KeyBytes
            ? new KeyProtector(key)
            : throw new InvalidDataException($"The key file {file} has {key.Length} bytes; it must have {KeyProtector.KeyBytes}. Restore it from a backup.");
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Made the key file {File}. Without it the keys of devices cannot be read: keep a copy apart from the data.")]
        public static partial void MadeKey(ILogger logger, string file);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The group can read the key file {File}; mode 600 is safer.")]
        public static partial void GroupReadable(ILogger logger, string file);

        [LoggerMessage(Level = LogLevel.Information, Message = "Removing what an interrupted operation left: {Folder}")]
        public static partial void RemovingLeftover(ILogger logger, string folder);
    }
}
