using System.Globalization;

namespace Nave.Fleet.Sync.Providers.Files;

/// <summary>A file of devices is malformed.</summary>
/// <param name="line">The line, counted from 1; the sentence follows it.</param>
/// <param name="problem">One sentence.</param>
internal sealed class DeviceFileException(long line, string problem) : Exception(string.Create(CultureInfo.InvariantCulture, $"Line {line}: {problem}"));
