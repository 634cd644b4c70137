using Nave.Crash.Tests.Drivers;
using Nave.Crash.Tests.Hosting;

namespace Nave.Crash.Tests.Load;

/// <summary>A hub that takes work, between a start and a kill.</summary>
/// <param name="Number">Which life, from 1.</param>
/// <param name="Address">How to reach it.</param>
/// <param name="Http">Requests to it.</param>
internal sealed record HubLife(int Number, HubAddress Address, HubHttp Http);
