using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nave.Storage.Sqlite;
using SQLitePCL;

namespace Nave.Storage.Tests.Sqlite.Disks;

/// <summary>
/// A file system layer of SQLite (https://sqlite.org/vfs.html) over its own: it writes down what is done to the files, in order, and can
/// make one sync fail. The offsets are those of sqlite3_vfs and sqlite3_io_methods in sqlite3.h, on a machine of 64 bits.
/// </summary>
internal static unsafe class RecordingFileSystem
{
    /// <summary>The name to open a database with.</summary>
    public const string Name = "nave-recording";

    private const int IoErrorFsync = 1034;
    private const int VfsBytes = 168;
    private const int VfsNext = 16;
    private const int VfsName = 24;
    private const int VfsOpen = 40;
    private const int VfsDelete = 48;
    private const int MethodsBytes = 152;
    private const int MethodsClose = 8;
    private const int MethodsWrite = 24;
    private const int MethodsTruncate = 32;
    private const int MethodsSync = 40;

    private static readonly Lock s_gate = new();
    private static readonly ConcurrentDictionary<nint, (string Path, nint Methods)> s_files = new();
    private static readonly Dictionary<nint, nint> s_wrapped = [];
    private static readonly List<DiskStep> s_steps = [];
    private static readonly Lazy<bool> s_registered = new(Register);
    private static byte* s_ownVfs;
    private static int s_syncsUntilFailure;

    /// <summary>Begins to write down.</summary>
    /// <param name="failSync">Which sync fails, from 1; 0 = none.</param>
    public static void Begin(int failSync = 0)
    {
        _ = s_registered.Value;
        lock (s_gate)
        {
            s_steps.Clear();
            s_syncsUntilFailure = failSync;
        }
    }

    /// <summary>Writes down that a caller was told of a transaction.</summary>
    public static void Acknowledged(int transaction) => Add(new DiskStep(DiskStepKind.Acknowledged, "", transaction, []));

    /// <summary>Gets what was done since <see cref="Begin"/>.</summary>
    public static IReadOnlyList<DiskStep> Steps
    {
        get
        {
            lock (s_gate)
            {
                return [.. s_steps];
            }
        }
    }

    private static bool Register()
    {
        // The library that the store uses: its provider is set by then.
        var library = SqliteLibrary.IsSystem
            ? NativeLibrary.Load("libsqlite3.so.0")
            : NativeLibrary.Load("e_sqlite3", typeof(SQLite3Provider_e_sqlite3).Assembly, null);
        var find = (delegate* unmanaged[Cdecl]<byte*, byte*>)NativeLibrary.GetExport(library, "sqlite3_vfs_find");
        var register = (delegate* unmanaged[Cdecl]<byte*, int, int>)NativeLibrary.GetExport(library, "sqlite3_vfs_register");
        s_ownVfs = find(null);
        var vfs = (byte*)NativeMemory.AllocZeroed(VfsBytes);
        new ReadOnlySpan<byte>(s_ownVfs, VfsBytes).CopyTo(new Span<byte>(vfs, VfsBytes));
        *(nint*)(vfs + VfsNext) = 0;
        *(nint*)(vfs + VfsName) = Marshal.StringToCoTaskMemUTF8(Name);
        *(nint*)(vfs + VfsOpen) = (nint)(delegate* unmanaged[Cdecl]<nint, byte*, nint, int, int*, int>)&Open;
        *(nint*)(vfs + VfsDelete) = (nint)(delegate* unmanaged[Cdecl]<nint, byte*, int, int>)&Delete;
        return register(vfs, 0) == raw.SQLITE_OK ? true : throw new InvalidOperationException("SQLite refuses the recording file system.");
    }

    private static bool Add(DiskStep step)
    {
        lock (s_gate)
        {
            s_steps.Add(step);
            return step.Kind == DiskStepKind.Synced && --s_syncsUntilFailure == 0;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Open(nint vfs, byte* name, nint file, int flags, int* outFlags)
    {
        var path = Marshal.PtrToStringUTF8((nint)name);
        var before = path is not null && File.Exists(path) ? File.ReadAllBytes(path) : null;
        var code = ((delegate* unmanaged[Cdecl]<nint, byte*, nint, int, int*, int>)*(nint*)(s_ownVfs + VfsOpen))(vfs, name, file, flags, outFlags);
        var methods = *(byte**)file;
        if (code != raw.SQLITE_OK || path is null || methods is null)
        {
            return code;
        }

        lock (s_gate)
        {
            // It has one table for the database and another for files that it does not lock.
            if (!s_wrapped.ContainsKey((nint)methods))
            {
                var wrapped = (byte*)NativeMemory.AllocZeroed(MethodsBytes);
                new ReadOnlySpan<byte>(methods, MethodsBytes).CopyTo(new Span<byte>(wrapped, MethodsBytes));
                *(nint*)(wrapped + MethodsClose) = (nint)(delegate* unmanaged[Cdecl]<nint, int>)&Close;
                *(nint*)(wrapped + MethodsWrite) = (nint)(delegate* unmanaged[Cdecl]<nint, byte*, int, long, int>)&Write;
                *(nint*)(wrapped + MethodsTruncate) = (nint)(delegate* unmanaged[Cdecl]<nint, long, int>)&Truncate;
                *(nint*)(wrapped + MethodsSync) = (nint)(delegate* unmanaged[Cdecl]<nint, int, int>)&Sync;
                s_wrapped.Add((nint)methods, (nint)wrapped);
            }

            *(nint*)file = s_wrapped[(nint)methods];
        }

        s_files[file] = (path, (nint)methods);
        Add(new DiskStep(DiskStepKind.Opened, path, before is null ? 0 : 1, before ?? []));
        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Delete(nint vfs, byte* name, int syncFolder)
    {
        Add(new DiskStep(DiskStepKind.Deleted, Marshal.PtrToStringUTF8((nint)name)!, syncFolder, []));
        return ((delegate* unmanaged[Cdecl]<nint, byte*, int, int>)*(nint*)(s_ownVfs + VfsDelete))(vfs, name, syncFolder);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Close(nint file)
    {
        s_files.TryRemove(file, out var own);
        return ((delegate* unmanaged[Cdecl]<nint, int>)*(nint*)(own.Methods + MethodsClose))(file);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(nint file, byte* data, int count, long position)
    {
        var own = s_files[file];
        Add(new DiskStep(DiskStepKind.Written, own.Path, position, new ReadOnlySpan<byte>(data, count).ToArray()));
        return ((delegate* unmanaged[Cdecl]<nint, byte*, int, long, int>)*(nint*)(own.Methods + MethodsWrite))(file, data, count, position);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Truncate(nint file, long length)
    {
        var own = s_files[file];
        Add(new DiskStep(DiskStepKind.Truncated, own.Path, length, []));
        return ((delegate* unmanaged[Cdecl]<nint, long, int>)*(nint*)(own.Methods + MethodsTruncate))(file, length);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sync(nint file, int flags)
    {
        var own = s_files[file];
        return Add(new DiskStep(DiskStepKind.Synced, own.Path, 0, []))
            ? IoErrorFsync
            : ((delegate* unmanaged[Cdecl]<nint, int, int>)*(nint*)(own.Methods + MethodsSync))(file, flags);
    }
}
