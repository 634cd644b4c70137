using System.Diagnostics.CodeAnalysis;
using SQLitePCL;

namespace Nave.Storage.Sqlite;

/// <summary>An error that SQLite reported, before the store decides what it means for its callers.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "It is what SQLite reported; whoever catches it decides which exception that is.")]
public sealed class SqliteFailure(int code, string message) : Exception(message)
{
    /// <summary>Gets the extended result code.</summary>
    public int Code { get; } = code;

    /// <summary>Gets the primary result code.</summary>
    public int Primary => Code & 0xFF;

    /// <summary>Gets a value indicating whether the file is not one of SQLite, or is damaged.</summary>
    public bool IsDamage => Primary is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;

    /// <summary>
    /// Gets a value indicating whether the same write may succeed later: no space, no memory, or another program holds
    /// the file. Anything else (I/O, damage, a bug) leaves the state of the file in doubt.
    /// </summary>
    public bool IsTransient => Primary is raw.SQLITE_FULL or raw.SQLITE_NOMEM or raw.SQLITE_BUSY or raw.SQLITE_LOCKED;

    /// <summary>Makes an error of a result code.</summary>
    /// <param name="code">The extended result code.</param>
    /// <param name="detail">What SQLite says about it.</param>
    /// <param name="action">What was being done, such as "commit".</param>
    public static SqliteFailure Of(int code, string detail, string action) =>
        new(code, $"SQLite could not {action}: {detail} (result code {code}).");
}
