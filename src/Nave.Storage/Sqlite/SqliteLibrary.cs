using System.Runtime.InteropServices;
using SQLitePCL;

namespace Nave.Storage.Sqlite;

/// <summary>
/// Which SQLite this process uses: the system's, which its distribution keeps patched, or else the one that comes with
/// the package, which is of April 2021.
/// </summary>
public static class SqliteLibrary
{
    private const string SystemName = "libsqlite3.so.0";

    // sqlite3_libversion_number() of the bundled library, 3.35.5: an older one of the system would be no gain.
    private const int BundledVersion = 3_035_005;

    // sqlite3_config: count no memory statistics. They cost every allocation a process-wide mutex.
    private const int ConfigMemStatus = 9;

    private static readonly Lazy<bool> s_isSystem = new(Load);

    /// <summary>Gets a value indicating whether the system's library is in use, not the bundled one.</summary>
    public static bool IsSystem => s_isSystem.Value;

    /// <summary>Gets what is in use, such as "system libsqlite3 3.40.1".</summary>
    public static string Description => $"{(IsSystem ? "system" : "bundled")} libsqlite3 {raw.sqlite3_libversion().utf8_to_string()}";

    private static bool Load()
    {
        var isSystem = TryLoadSystem(out var handle);
        if (isSystem)
        {
            NativeLibrary.SetDllImportResolver(
                typeof(SQLite3Provider_e_sqlite3).Assembly, (name, _, _) => name == "e_sqlite3" ? handle : IntPtr.Zero);
        }

        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        if (OperatingSystem.IsLinux())
        {
            // Refused (SQLITE_MISUSE) if the library is at work already: then the statistics stay on, nothing else changes.
            _ = raw.sqlite3_config(ConfigMemStatus, 0);
        }

        return isSystem;
    }

    private static unsafe bool TryLoadSystem(out IntPtr handle)
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad(SystemName, out handle))
        {
            handle = IntPtr.Zero;
            return false;
        }

        if (NativeLibrary.TryGetExport(handle, "sqlite3_libversion_number", out var version)
            && NativeLibrary.TryGetExport(handle, "sqlite3_threadsafe", out var threadSafe)
            && ((delegate* unmanaged[Cdecl]<int>)version)() >= BundledVersion
            && ((delegate* unmanaged[Cdecl]<int>)threadSafe)() != 0)
        {
            return true;
        }

        NativeLibrary.Free(handle);
        handle = IntPtr.Zero;
        return false;
    }
}
