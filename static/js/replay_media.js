/** A replay on a lock screen, a headset, a keyboard's own keys (Media Session). */

/** Once it plays: whatever played before has had these. */
export function announce(player) {
  const session = navigator.mediaSession;
  if (!session) return;
  const { title, artist, artwork } = player.root.dataset;
  const pictures = artwork ? [{ src: artwork, sizes: "256x256" }] : [];
  const chapters = player.chapters.map(({ link, at }) => ({
    title: link.querySelector(".chapter-title").textContent,
    startTime: at,
    artwork: pictures,
  }));
  session.metadata = new MediaMetadata({ title, artist, album: "Openfloor", artwork: pictures, chapterInfo: chapters });
  const acts = {
    play: () => player.audio.play(),
    pause: () => player.audio.pause(),
    seekbackward: ({ seekOffset }) => player.skip(-(seekOffset || 15)),
    seekforward: ({ seekOffset }) => player.skip(seekOffset || 15),
    seekto: ({ seekTime }) => player.seek(seekTime),
    previoustrack: () => toChapter(player, -1),
    nexttrack: () => toChapter(player, 1),
  };
  for (const [name, act] of Object.entries(acts)) {
    try {
      session.setActionHandler(name, act);
    } catch {
      // Not every browser knows every one of them.
    }
  }
  where(player);
}

export function where({ audio, length }) {
  if (!navigator.mediaSession?.setPositionState || !audio.duration) return;
  const duration = Math.max(length, audio.currentTime);
  navigator.mediaSession.setPositionState({ duration, position: audio.currentTime, playbackRate: audio.playbackRate });
}

function toChapter(player, step) {
  const current = player.chapters.findLastIndex(({ at }) => at <= player.at + 0.01);
  player.seek(player.chapters[Math.max(0, current + step)]?.at ?? player.starts);
}
